#include "services/gateway/directory_routes.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/directory_json.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::Rooms::StubInterface::async_interface;

}  // namespace

DirectoryRoutes::DirectoryRoutes(pb::Rooms::StubInterface& rooms)
    : rooms_(rooms) {}

RouteTable DirectoryRoutes::Routes() {
  using Method = Answer (DirectoryRoutes::*)(const RoutedRequest&);
  const auto route = [this](const char* method, absl::string_view path,
                            Method answer,
                            RouteAuth auth = RouteAuth::kRequired) {
    return Route{{method, absl::StrCat("/_matrix/client/{version}", path),
                  AllClientVersions()},
                 auth,
                 [this, answer](const RoutedRequest& request) {
                   return (this->*answer)(request);
                 }};
  };
  constexpr absl::string_view kList = "/directory/list/room/{room_id}";
  constexpr absl::string_view kNetworkList =
      "/directory/list/appservice/{network_id}/{room_id}";
  return {
      route("GET", kList, &DirectoryRoutes::GetVisibility, RouteAuth::kNone),
      route("PUT", kList, &DirectoryRoutes::PutVisibility),
      route("PUT", kNetworkList, &DirectoryRoutes::PutNetworkVisibility),
      route("DELETE", kNetworkList, &DirectoryRoutes::DeleteNetworkVisibility),
      route("GET", "/publicRooms", &DirectoryRoutes::GetPublicRooms,
            RouteAuth::kOptional),
      route("POST", "/publicRooms", &DirectoryRoutes::PostPublicRooms),
  };
}

DirectoryRoutes::Answer DirectoryRoutes::GetVisibility(
    const RoutedRequest& request) {
  pb::GetRoomVisibilityRequest get;
  get.set_room_id(request.path.Get("room_id"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetRoomVisibilityResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::GetRoomVisibility, std::move(get)));
  co_return JsonResponse(VisibilityAnswer(response.is_public()));
}

DirectoryRoutes::Answer DirectoryRoutes::PutVisibility(
    const RoutedRequest& request) {
  pb::SetRoomVisibilityRequest set;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const bool is_public,
                               ParseVisibility(request.http.body));
  set.set_is_public(is_public);
  co_return co_await SetVisibility(request, std::move(set));
}

DirectoryRoutes::Answer DirectoryRoutes::PutNetworkVisibility(
    const RoutedRequest& request) {
  pb::SetRoomVisibilityRequest set;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const bool is_public,
                               ParseVisibility(request.http.body));
  set.set_is_public(is_public);
  set.set_network_id(request.path.Get("network_id"));
  co_return co_await SetVisibility(request, std::move(set));
}

DirectoryRoutes::Answer DirectoryRoutes::DeleteNetworkVisibility(
    const RoutedRequest& request) {
  pb::SetRoomVisibilityRequest set;
  set.set_network_id(request.path.Get("network_id"));
  co_return co_await SetVisibility(request, std::move(set));
}

DirectoryRoutes::Answer DirectoryRoutes::SetVisibility(
    const RoutedRequest& request, pb::SetRoomVisibilityRequest set) {
  *set.mutable_principal() = request.principal;
  set.set_room_id(request.path.Get("room_id"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, rooms_.async(),
                                  &Async::SetRoomVisibility, std::move(set)))
          .status());
  co_return HttpResponse();
}

DirectoryRoutes::Answer DirectoryRoutes::GetPublicRooms(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::ListPublicRoomsRequest list,
                               PublicRoomsFromQuery(request.http.parsed.query));
  co_return co_await ListPublicRooms(request, std::move(list));
}

DirectoryRoutes::Answer DirectoryRoutes::PostPublicRooms(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::ListPublicRoomsRequest list,
                               ParsePublicRooms(request.http.body));
  list.set_server(
      std::string(request.http.parsed.query.FirstOrEmpty("server")));
  co_return co_await ListPublicRooms(request, std::move(list));
}

DirectoryRoutes::Answer DirectoryRoutes::ListPublicRooms(
    const RoutedRequest& request, pb::ListPublicRoomsRequest list) {
  if (request.principal.actor_case() != pb::Principal::ACTOR_NOT_SET) {
    *list.mutable_principal() = request.principal;
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::ListPublicRoomsResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::ListPublicRooms, std::move(list)));
  co_return JsonResponse(PublicRoomsAnswer(response));
}

}  // namespace causeway::gateway
