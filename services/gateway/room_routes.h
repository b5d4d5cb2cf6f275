#ifndef CAUSEWAY_SERVICES_GATEWAY_ROOM_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_ROOM_ROUTES_H_

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// Making rooms, who is in them, and what they are called.
//
// Thread-safe.
class RoomRoutes {
 public:
  // `rooms` must outlive the routes.
  explicit RoomRoutes(homeserver::v1::Rooms::StubInterface& rooms);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;
  using Action = homeserver::v1::SetMembershipRequest::Action;

  Answer CreateRoom(const RoutedRequest& request);
  // `name` is the path's name for what is joined.
  Answer Join(const RoutedRequest& request, const char* name);
  Answer SetMembership(const RoutedRequest& request, Action action);
  Answer RefuseKnock(const RoutedRequest& request);
  Answer Forget(const RoutedRequest& request);
  Answer GetAliases(const RoutedRequest& request);
  Answer GetJoinedRooms(const RoutedRequest& request);
  Answer GetMembers(const RoutedRequest& request);
  Answer GetJoinedMembers(const RoutedRequest& request);
  Answer ResolveAlias(const RoutedRequest& request);
  Answer CreateAlias(const RoutedRequest& request);
  Answer DeleteAlias(const RoutedRequest& request);

  homeserver::v1::Rooms::StubInterface& rooms_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_ROOM_ROUTES_H_
