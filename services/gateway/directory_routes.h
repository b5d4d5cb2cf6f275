#ifndef CAUSEWAY_SERVICES_GATEWAY_DIRECTORY_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_DIRECTORY_ROUTES_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// The lists of public rooms: the server's own and those of application
// services' networks.
//
// Thread-safe.
class DirectoryRoutes {
 public:
  // `rooms` must outlive the routes.
  explicit DirectoryRoutes(homeserver::v1::Rooms::StubInterface& rooms);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  Answer GetVisibility(const RoutedRequest& request);
  Answer PutVisibility(const RoutedRequest& request);
  Answer PutNetworkVisibility(const RoutedRequest& request);
  Answer DeleteNetworkVisibility(const RoutedRequest& request);
  Answer SetVisibility(const RoutedRequest& request,
                       homeserver::v1::SetRoomVisibilityRequest set);
  // The parameters are in the query, or in the body.
  Answer GetPublicRooms(const RoutedRequest& request);
  Answer PostPublicRooms(const RoutedRequest& request);
  Answer ListPublicRooms(const RoutedRequest& request,
                         homeserver::v1::ListPublicRoomsRequest list);

  homeserver::v1::Rooms::StubInterface& rooms_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_DIRECTORY_ROUTES_H_
