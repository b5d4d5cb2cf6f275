#ifndef CAUSEWAY_SERVICES_GATEWAY_CREDENTIAL_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_CREDENTIAL_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/credentials.grpc.pb.h"
#include "services/gateway/rate_limits.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// Passwords and devices, and the end of an account. Who has to prove that they
// own it is for the homeserver to say; the 401 that asks for it is made here.
//
// Thread-safe.
class CredentialRoutes {
 public:
  // Both must outlive the routes. Each password that is shown counts in
  // `limits` as a try to log in.
  CredentialRoutes(homeserver::v1::Credentials::StubInterface& credentials,
                   RateLimits& limits);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  Answer ChangePassword(const RoutedRequest& request);
  Answer Deactivate(const RoutedRequest& request);
  Answer ListDevices(const RoutedRequest& request);
  Answer GetDevice(const RoutedRequest& request);
  Answer PutDevice(const RoutedRequest& request);
  Answer DeleteDevice(const RoutedRequest& request);
  Answer DeleteDevices(const RoutedRequest& request);
  Answer Delete(const RoutedRequest& request,
                homeserver::v1::DeleteDevicesRequest remove);

  homeserver::v1::Credentials::StubInterface& credentials_;
  RateLimits& limits_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_CREDENTIAL_ROUTES_H_
