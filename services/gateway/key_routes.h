#ifndef CAUSEWAY_SERVICES_GATEWAY_KEY_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_KEY_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/keys.grpc.pb.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// The keys of devices, without those of cross-signing.
// Source: https://spec.matrix.org/v1.17/client-server-api/#key-management-api
//
// Thread-safe.
class KeyRoutes {
 public:
  // Must outlive the routes.
  explicit KeyRoutes(homeserver::v1::Keys::StubInterface& keys);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  Answer Upload(const RoutedRequest& request);
  Answer Query(const RoutedRequest& request);
  Answer Claim(const RoutedRequest& request);
  Answer GetChanges(const RoutedRequest& request);

  homeserver::v1::Keys::StubInterface& keys_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_KEY_ROUTES_H_
