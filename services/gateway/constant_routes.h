#ifndef CAUSEWAY_SERVICES_GATEWAY_CONSTANT_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_CONSTANT_ROUTES_H_

#include "services/gateway/route.h"

namespace causeway::gateway {

// What is answered the same to everybody: versions, capabilities, and what a
// server has that neither pushes nor knows of calls.
RouteTable ConstantRoutes();

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_CONSTANT_ROUTES_H_
