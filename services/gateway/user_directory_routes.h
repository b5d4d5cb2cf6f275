#ifndef CAUSEWAY_SERVICES_GATEWAY_USER_DIRECTORY_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_USER_DIRECTORY_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/user_directory.grpc.pb.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// The search for users.
// Source: https://spec.matrix.org/v1.17/client-server-api/#user-directory
//
// Thread-safe.
class UserDirectoryRoutes {
 public:
  // Must outlive the routes.
  explicit UserDirectoryRoutes(
      homeserver::v1::UserDirectory::StubInterface& user_directory);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  boost::asio::awaitable<absl::StatusOr<HttpResponse>> Search(
      const RoutedRequest& request);

  homeserver::v1::UserDirectory::StubInterface& user_directory_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_USER_DIRECTORY_ROUTES_H_
