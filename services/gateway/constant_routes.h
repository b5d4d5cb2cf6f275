#ifndef CAUSEWAY_SERVICES_GATEWAY_CONSTANT_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_CONSTANT_ROUTES_H_

#include "services/gateway/route.h"

namespace causeway::gateway {

// What is answered the same to everybody: versions, capabilities, and the push
// rules of a server that has none (without them a client of matrix-js-sdk never
// starts to sync).
RouteTable ConstantRoutes();

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_CONSTANT_ROUTES_H_
