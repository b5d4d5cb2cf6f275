#ifndef CAUSEWAY_SERVICES_GATEWAY_PING_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_PING_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/gateway/heard_appservices.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// An application service asks whether it can be reached:
// POST /_matrix/client/v1/appservice/{appserviceId}/ping.
// Source: https://spec.matrix.org/v1.17/application-service-api/#pinging
//
// Thread-safe.
class PingRoutes {
 public:
  // Both must outlive the routes. `heard` is told of whoever answers its ping:
  // what is queued for it goes out at once.
  PingRoutes(query::v1::QueryProxy::StubInterface& query_proxy,
             HeardAppservices& heard);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  boost::asio::awaitable<absl::StatusOr<HttpResponse>> Ping(
      const RoutedRequest& request);

  query::v1::QueryProxy::StubInterface& query_proxy_;
  HeardAppservices& heard_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_PING_ROUTES_H_
