#ifndef CAUSEWAY_SERVICES_GATEWAY_PROFILE_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_PROFILE_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// Reading and changing profiles, whole or by field.
//
// Thread-safe.
class ProfileRoutes {
 public:
  // `accounts` must outlive the routes.
  explicit ProfileRoutes(homeserver::v1::Accounts::StubInterface& accounts);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  // `field` as in account_json.h; it must outlive the coroutine.
  Answer Get(const RoutedRequest& request, absl::string_view field);
  Answer Put(const RoutedRequest& request, absl::string_view field);
  Answer Delete(const RoutedRequest& request, absl::string_view field);
  Answer Change(const RoutedRequest& request, homeserver::v1::Profile changes);

  homeserver::v1::Accounts::StubInterface& accounts_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_PROFILE_ROUTES_H_
