#ifndef CAUSEWAY_SERVICES_GATEWAY_ACCOUNT_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_ACCOUNT_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/gateway/authenticator.h"
#include "services/gateway/rate_limits.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// Creating users, logging in and out, whoami.
//
// Registration and login have no principal by their route: a person has none
// yet, and a stale token must not keep it from logging in. Only their
// m.login.application_service kind asks who it is.
//
// Thread-safe.
class AccountRoutes {
 public:
  // All must outlive the routes.
  AccountRoutes(homeserver::v1::Accounts::StubInterface& accounts,
                Authenticator& authenticator, RateLimits& limits);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  Answer RegisterUser(const RoutedRequest& request);
  Answer CheckUsername(const RoutedRequest& request);
  Answer GetLogInFlows(const RoutedRequest& request);
  Answer LogIn(const RoutedRequest& request);
  Answer LogOut(const RoutedRequest& request, bool all_devices);
  Answer WhoAmI(const RoutedRequest& request);

  // The application service whose token the request carries.
  // PERMISSION_DENIED (M_FORBIDDEN) when it is a person's; errors of
  // Authenticator.
  boost::asio::awaitable<absl::StatusOr<homeserver::v1::Principal>>
  AuthenticateAppservice(const RoutedRequest& request);

  homeserver::v1::Accounts::StubInterface& accounts_;
  Authenticator& authenticator_;
  RateLimits& limits_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_ACCOUNT_ROUTES_H_
