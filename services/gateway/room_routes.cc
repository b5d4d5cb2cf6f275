#include "services/gateway/room_routes.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/room_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::Rooms::StubInterface::async_interface;

constexpr std::array<std::pair<const char*, pb::SetMembershipRequest::Action>,
                     5>
    kMembershipPaths = {{{"/invite", pb::SetMembershipRequest::INVITE},
                         {"/leave", pb::SetMembershipRequest::LEAVE},
                         {"/kick", pb::SetMembershipRequest::KICK},
                         {"/ban", pb::SetMembershipRequest::BAN},
                         {"/unban", pb::SetMembershipRequest::UNBAN}}};

Route MakeRoute(const char* method, absl::string_view path,
                RouteHandler handler, RouteAuth auth = RouteAuth::kRequired) {
  return Route{{method, absl::StrCat("/_matrix/client/{version}", path),
                AllClientVersions()},
               auth,
               std::move(handler)};
}

}  // namespace

RoomRoutes::RoomRoutes(pb::Rooms::StubInterface& rooms) : rooms_(rooms) {}

RouteTable RoomRoutes::Routes() {
  // Binds a method that needs nothing but the request.
  const auto to = [this](Answer (RoomRoutes::*method)(const RoutedRequest&)) {
    return [this, method](const RoutedRequest& request) {
      return (this->*method)(request);
    };
  };
  RouteTable table = {
      MakeRoute("POST", "/createRoom", to(&RoomRoutes::CreateRoom)),
      MakeRoute("POST", "/join/{room_id_or_alias}",
                [this](const RoutedRequest& request) {
                  return Join(request, "room_id_or_alias");
                }),
      MakeRoute("POST", "/rooms/{room_id}/join",
                [this](const RoutedRequest& request) {
                  return Join(request, "room_id");
                }),
      MakeRoute("POST", "/knock/{room_id_or_alias}",
                to(&RoomRoutes::RefuseKnock)),
      MakeRoute("POST", "/rooms/{room_id}/forget", to(&RoomRoutes::Forget)),
      MakeRoute("GET", "/rooms/{room_id}/aliases", to(&RoomRoutes::GetAliases)),
      MakeRoute("GET", "/joined_rooms", to(&RoomRoutes::GetJoinedRooms)),
      MakeRoute("GET", "/rooms/{room_id}/members", to(&RoomRoutes::GetMembers)),
      MakeRoute("GET", "/rooms/{room_id}/joined_members",
                to(&RoomRoutes::GetJoinedMembers)),
      // The directory is public, but who asks may be known.
      MakeRoute("GET", "/directory/room/{room_alias}",
                to(&RoomRoutes::ResolveAlias), RouteAuth::kOptional),
      MakeRoute("PUT", "/directory/room/{room_alias}",
                to(&RoomRoutes::CreateAlias)),
      MakeRoute("DELETE", "/directory/room/{room_alias}",
                to(&RoomRoutes::DeleteAlias)),
  };
  for (const auto& [path, action] : kMembershipPaths) {
    table.push_back(
        MakeRoute("POST", absl::StrCat("/rooms/{room_id}", path),
                  [this, action = action](const RoutedRequest& request) {
                    return SetMembership(request, action);
                  }));
  }
  return table;
}

RoomRoutes::Answer RoomRoutes::CreateRoom(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::CreateRoomRequest create,
                               ParseCreateRoom(request.http.body));
  *create.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::CreateRoomResponse created,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::CreateRoom, std::move(create)));
  co_return JsonResponse(RoomIdAnswer(created.room_id()));
}

RoomRoutes::Answer RoomRoutes::Join(const RoutedRequest& request,
                                    const char* name) {
  pb::JoinRoomRequest join;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(*join.mutable_reason(),
                               ParseReason(request.http.body));
  *join.mutable_principal() = request.principal;
  join.set_room_id_or_alias(request.path.Get(name));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::JoinRoomResponse joined,
      co_await server::AwaitCall(request.call, rooms_.async(), &Async::JoinRoom,
                                 std::move(join)));
  co_return JsonResponse(RoomIdAnswer(joined.room_id()));
}

RoomRoutes::Answer RoomRoutes::SetMembership(const RoutedRequest& request,
                                             Action action) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::SetMembershipRequest set,
      ParseSetMembership(request.http.body, action,
                         action != pb::SetMembershipRequest::LEAVE));
  *set.mutable_principal() = request.principal;
  set.set_room_id(request.path.Get("room_id"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, rooms_.async(),
                                  &Async::SetMembership, std::move(set)))
          .status());
  co_return HttpResponse();
}

RoomRoutes::Answer RoomRoutes::RefuseKnock(const RoutedRequest&) {
  // NOTSPEC: no room is asked for its join rule, since none is knocked at.
  co_return matrix::Forbidden("this server takes no knocks");
}

RoomRoutes::Answer RoomRoutes::Forget(const RoutedRequest& request) {
  pb::ForgetRoomRequest forget;
  *forget.mutable_principal() = request.principal;
  forget.set_room_id(request.path.Get("room_id"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, rooms_.async(),
                                  &Async::ForgetRoom, std::move(forget)))
          .status());
  co_return HttpResponse();
}

RoomRoutes::Answer RoomRoutes::GetAliases(const RoutedRequest& request) {
  pb::GetRoomAliasesRequest get;
  *get.mutable_principal() = request.principal;
  get.set_room_id(request.path.Get("room_id"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetRoomAliasesResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::GetRoomAliases, std::move(get)));
  co_return JsonResponse(AliasesAnswer(response));
}

RoomRoutes::Answer RoomRoutes::GetJoinedRooms(const RoutedRequest& request) {
  pb::GetJoinedRoomsRequest get;
  *get.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetJoinedRoomsResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::GetJoinedRooms, std::move(get)));
  co_return JsonResponse(JoinedRoomsAnswer(response));
}

RoomRoutes::Answer RoomRoutes::GetMembers(const RoutedRequest& request) {
  const QueryParameters& query = request.http.parsed.query;
  pb::GetMembersRequest get;
  *get.mutable_principal() = request.principal;
  get.set_room_id(request.path.Get("room_id"));
  get.set_membership(std::string(query.FirstOrEmpty("membership")));
  get.set_not_membership(std::string(query.FirstOrEmpty("not_membership")));
  get.set_at(std::string(query.FirstOrEmpty("at")));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetMembersResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::GetMembers, std::move(get)));
  co_return JsonResponse(MembersAnswer(response));
}

RoomRoutes::Answer RoomRoutes::GetJoinedMembers(const RoutedRequest& request) {
  pb::GetMembersRequest get;
  *get.mutable_principal() = request.principal;
  get.set_room_id(request.path.Get("room_id"));
  get.set_membership("join");
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetMembersResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::GetMembers, std::move(get)));
  co_return JsonResponse(JoinedMembersAnswer(response));
}

RoomRoutes::Answer RoomRoutes::ResolveAlias(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const matrix::RoomAlias alias,
      matrix::RoomAlias::Parse(request.path.Get("room_alias"), "room_alias"));
  pb::ResolveAliasRequest resolve;
  if (request.principal.actor_case() != pb::Principal::ACTOR_NOT_SET) {
    *resolve.mutable_principal() = request.principal;
  }
  resolve.set_room_alias(alias.str());
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::ResolveAliasResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::ResolveAlias, std::move(resolve)));
  // The server that knows an alias is the one that stands in it.
  co_return JsonResponse(AliasAnswer(response.room_id(), alias.server_name()));
}

RoomRoutes::Answer RoomRoutes::CreateAlias(const RoutedRequest& request) {
  pb::CreateAliasRequest create;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(*create.mutable_room_id(),
                               ParseAliasTarget(request.http.body));
  *create.mutable_principal() = request.principal;
  create.set_room_alias(request.path.Get("room_alias"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, rooms_.async(),
                                  &Async::CreateAlias, std::move(create)))
          .status());
  co_return HttpResponse();
}

RoomRoutes::Answer RoomRoutes::DeleteAlias(const RoutedRequest& request) {
  pb::DeleteAliasRequest remove;
  *remove.mutable_principal() = request.principal;
  remove.set_room_alias(request.path.Get("room_alias"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, rooms_.async(),
                                  &Async::DeleteAlias, std::move(remove)))
          .status());
  co_return HttpResponse();
}

}  // namespace causeway::gateway
