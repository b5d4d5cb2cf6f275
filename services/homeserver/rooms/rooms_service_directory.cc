// Rooms: what they are called, and the lists of public ones.

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/directory_proto.h"
#include "services/homeserver/rooms/rooms_service.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

RoomsService::Reactor* RoomsService::ResolveAlias(
    Context* context, const v1::ResolveAliasRequest* request,
    v1::ResolveAliasResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleResolveAlias(*request, call);
                            });
}

RoomsService::Answer<v1::ResolveAliasResponse> RoomsService::HandleResolveAlias(
    const v1::ResolveAliasRequest& request, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      matrix::RoomAlias alias,
      matrix::RoomAlias::Parse(request.room_alias(), "roomAlias"));
  std::string caused_by_appservice_uid;
  if (request.has_principal()) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(
        Caller caller, co_await AwaitCaller(request.principal(), registry_,
                                            options_.server_name));
    caused_by_appservice_uid = caller.acting.appservice_uid;
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      matrix::RoomId room_id,
      co_await domain_.resolver.Resolve(std::move(alias),
                                        std::move(caused_by_appservice_uid),
                                        WithQueryDeadline(std::move(call))));
  v1::ResolveAliasResponse answer;
  answer.set_room_id(room_id.str());
  co_return answer;
}

RoomsService::Reactor* RoomsService::CreateAlias(
    Context* context, const v1::CreateAliasRequest* request,
    v1::CreateAliasResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::CreateAliasRequest& request)
          -> Answer<v1::CreateAliasResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            matrix::RoomAlias alias,
            matrix::RoomAlias::Parse(request.room_alias(), "roomAlias"));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            matrix::RoomId room_id,
            matrix::RoomId::Parse(request.room_id(), "room_id"));
        CAUSEWAY_CO_RETURN_IF_ERROR(
            domain_.actions.CreateAlias(asking.caller, alias, room_id));
        co_return v1::CreateAliasResponse();
      });
}

RoomsService::Reactor* RoomsService::DeleteAlias(
    Context* context, const v1::DeleteAliasRequest* request,
    v1::DeleteAliasResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::DeleteAliasRequest& request)
          -> Answer<v1::DeleteAliasResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            matrix::RoomAlias alias,
            matrix::RoomAlias::Parse(request.room_alias(), "roomAlias"));
        CAUSEWAY_CO_RETURN_IF_ERROR(
            domain_.actions.DeleteAlias(asking.caller, alias));
        co_return v1::DeleteAliasResponse();
      });
}

RoomsService::Reactor* RoomsService::GetRoomVisibility(
    Context* context, const v1::GetRoomVisibilityRequest* request,
    v1::GetRoomVisibilityResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const server::CallContext&)
          -> absl::StatusOr<v1::GetRoomVisibilityResponse> {
        CAUSEWAY_ASSIGN_OR_RETURN(
            matrix::RoomId room_id,
            matrix::RoomId::Parse(request->room_id(), "roomId"));
        CAUSEWAY_ASSIGN_OR_RETURN(const bool is_public,
                                  domain_.directory.IsPublic(room_id));
        v1::GetRoomVisibilityResponse answer;
        answer.set_is_public(is_public);
        return answer;
      });
}

RoomsService::Reactor* RoomsService::SetRoomVisibility(
    Context* context, const v1::SetRoomVisibilityRequest* request,
    v1::SetRoomVisibilityResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::SetRoomVisibilityRequest& request)
          -> Answer<v1::SetRoomVisibilityResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            matrix::RoomId room_id,
            matrix::RoomId::Parse(request.room_id(), "roomId"));
        CAUSEWAY_CO_RETURN_IF_ERROR(domain_.actions.SetVisibility(
            asking.caller, room_id, request.network_id(), request.is_public()));
        co_return v1::SetRoomVisibilityResponse();
      });
}

RoomsService::Reactor* RoomsService::ListPublicRooms(
    Context* context, const v1::ListPublicRoomsRequest* request,
    v1::ListPublicRoomsResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const server::CallContext&)
          -> absl::StatusOr<v1::ListPublicRoomsResponse> {
        if (!request->server().empty() &&
            request->server() != options_.server_name.str()) {
          return matrix::NotFound(absl::StrCat(
              "list of rooms of server ", matrix::Quote(request->server())));
        }
        CAUSEWAY_ASSIGN_OR_RETURN(PublicRoomsQuery query,
                                  PublicRoomsQueryFromProto(*request));
        CAUSEWAY_ASSIGN_OR_RETURN(PublicRoomsPage page,
                                  domain_.directory.List(query));
        return PublicRoomsPageToProto(std::move(page));
      });
}

}  // namespace causeway::homeserver
