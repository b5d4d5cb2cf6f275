#include "services/homeserver/rooms/rooms_service.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/membership_changes.h"
#include "services/homeserver/rooms/rooms_proto.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using boost::asio::awaitable;

absl::StatusOr<std::optional<Membership>> MembershipFilter(
    const std::string& word, absl::string_view field) {
  if (word.empty()) return std::optional<Membership>();
  std::optional<Membership> membership = ParseMembership(word);
  if (!membership.has_value()) {
    return matrix::InvalidParam(field, "not a membership");
  }
  return membership;
}

}  // namespace

RoomsService::RoomsService(Options options, Domain domain,
                           registry_watch::LatestSnapshot& registry,
                           const Clock& clock, server::Executor& executor)
    : options_(std::move(options)),
      domain_(domain),
      registry_(registry),
      clock_(clock),
      executor_(executor) {}

server::CallContext RoomsService::WithQueryDeadline(
    server::CallContext call) const {
  call.deadline =
      std::min(call.deadline, clock_.Now() + options_.query_deadline);
  return call;
}

RoomsService::Answer<RoomsService::Asking> RoomsService::AwaitAsking(
    v1::Principal principal, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Caller caller, co_await AwaitCaller(std::move(principal), registry_,
                                          options_.server_name));
  call = WithQueryDeadline(std::move(call));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      co_await domain_.discovery.EnsureActorKnown(caller.acting, call));
  co_return Asking{std::move(caller), std::move(call)};
}

template <typename Request, typename Response, typename Handler>
RoomsService::Reactor* RoomsService::Serve(Context* context,
                                           const Request* request,
                                           Response* response,
                                           Handler handler) {
  return server::SpawnUnary(
      executor_, context, response,
      [this, request, handler = std::move(handler)](
          const server::CallContext& call) -> Answer<Response> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            Asking asking, co_await AwaitAsking(request->principal(), call));
        co_return co_await handler(std::move(asking), *request);
      });
}

RoomsService::Reactor* RoomsService::CreateRoom(
    Context* context, const v1::CreateRoomRequest* request,
    v1::CreateRoomResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::CreateRoomRequest& request)
          -> Answer<v1::CreateRoomResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            RoomRequest room,
            RoomRequestFromProto(request, options_.server_name));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            matrix::RoomId room_id,
            co_await domain_.actions.CreateRoom(std::move(asking.caller),
                                                std::move(room), asking.call));
        v1::CreateRoomResponse answer;
        answer.set_room_id(room_id.str());
        co_return answer;
      });
}

RoomsService::Reactor* RoomsService::JoinRoom(
    Context* context, const v1::JoinRoomRequest* request,
    v1::JoinRoomResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::JoinRoomRequest& request)
                   -> Answer<v1::JoinRoomResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     matrix::RoomId room_id,
                     co_await domain_.actions.Join(
                         std::move(asking.caller), request.room_id_or_alias(),
                         request.reason(), asking.call));
                 v1::JoinRoomResponse answer;
                 answer.set_room_id(room_id.str());
                 co_return answer;
               });
}

RoomsService::Reactor* RoomsService::SetMembership(
    Context* context, const v1::SetMembershipRequest* request,
    v1::SetMembershipResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::SetMembershipRequest& request)
          -> Answer<v1::SetMembershipResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            MembershipAction action,
            MembershipActionFromProto(request.action()));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            matrix::RoomId room_id,
            matrix::RoomId::Parse(request.room_id(), "roomId"));
        matrix::UserId target = asking.caller.acting.user_id;
        if (!request.user_id().empty() || action != MembershipAction::kLeave) {
          CAUSEWAY_CO_ASSIGN_OR_RETURN(
              target, matrix::UserId::Parse(request.user_id(), "user_id"));
        }
        CAUSEWAY_CO_RETURN_IF_ERROR(co_await domain_.actions.ChangeMembership(
            std::move(asking.caller), std::move(room_id), action,
            std::move(target), request.reason(), asking.call));
        co_return v1::SetMembershipResponse();
      });
}

RoomsService::Reactor* RoomsService::SendEvent(
    Context* context, const v1::SendEventRequest* request,
    v1::SendEventResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::SendEventRequest& request)
          -> Answer<v1::SendEventResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(SendRequest sending,
                                     SendRequestFromProto(request));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            std::string event_id,
            co_await domain_.actions.Send(std::move(asking.caller),
                                          std::move(sending), asking.call));
        v1::SendEventResponse answer;
        answer.set_event_id(std::move(event_id));
        co_return answer;
      });
}

RoomsService::Reactor* RoomsService::GetState(
    Context* context, const v1::GetStateRequest* request,
    v1::GetStateResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetStateRequest& request)
                   -> Answer<v1::GetStateResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     std::vector<std::string> jsons,
                     domain_.views.State(asking.caller.acting.user_id,
                                         request.room_id()));
                 v1::GetStateResponse answer;
                 for (std::string& json : jsons) {
                   answer.add_event_jsons(std::move(json));
                 }
                 co_return answer;
               });
}

RoomsService::Reactor* RoomsService::GetStateEvent(
    Context* context, const v1::GetStateEventRequest* request,
    v1::GetStateEventResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetStateEventRequest& request)
                   -> Answer<v1::GetStateEventResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     std::string content,
                     domain_.views.StateContent(
                         asking.caller.acting.user_id, request.room_id(),
                         {request.type(), request.state_key()}));
                 v1::GetStateEventResponse answer;
                 answer.set_content_json(std::move(content));
                 co_return answer;
               });
}

RoomsService::Reactor* RoomsService::GetMembers(
    Context* context, const v1::GetMembersRequest* request,
    v1::GetMembersResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::GetMembersRequest& request)
          -> Answer<v1::GetMembersResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            std::optional<Membership> only,
            MembershipFilter(request.membership(), "membership"));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            std::optional<Membership> without,
            MembershipFilter(request.not_membership(), "not_membership"));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            std::vector<StoredMember> members,
            domain_.views.Members(asking.caller.acting.user_id,
                                  request.room_id()));
        v1::GetMembersResponse answer;
        for (const StoredMember& member : members) {
          if (only.has_value() && member.membership != *only) continue;
          if (without.has_value() && member.membership == *without) continue;
          *answer.add_members() = MemberToProto(member);
        }
        co_return answer;
      });
}

RoomsService::Reactor* RoomsService::GetMessages(
    Context* context, const v1::GetMessagesRequest* request,
    v1::GetMessagesResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetMessagesRequest& request)
                   -> Answer<v1::GetMessagesResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(MessagesQuery query,
                                              MessagesQueryFromProto(request));
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     MessagesPage page,
                     domain_.views.Messages(asking.caller.acting.user_id,
                                            request.room_id(), query));
                 co_return MessagesPageToProto(page);
               });
}

RoomsService::Reactor* RoomsService::GetEvent(
    Context* context, const v1::GetEventRequest* request,
    v1::GetEventResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::GetEventRequest& request)
          -> Answer<v1::GetEventResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            std::string json,
            domain_.views.FindEvent(asking.caller.acting.user_id,
                                    request.room_id(), request.event_id()));
        v1::GetEventResponse answer;
        answer.set_event_json(std::move(json));
        co_return answer;
      });
}

RoomsService::Reactor* RoomsService::GetJoinedRooms(
    Context* context, const v1::GetJoinedRoomsRequest* request,
    v1::GetJoinedRoomsResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetJoinedRoomsRequest&)
                   -> Answer<v1::GetJoinedRoomsResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     std::vector<std::string> room_ids,
                     domain_.views.JoinedRooms(asking.caller.acting.user_id));
                 v1::GetJoinedRoomsResponse answer;
                 for (std::string& room_id : room_ids) {
                   answer.add_room_ids(std::move(room_id));
                 }
                 co_return answer;
               });
}

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

absl::StatusOr<SyncFilter> RoomsService::FindFilter(
    const matrix::UserId& user_id, const std::string& filter) {
  if (filter.empty()) return SyncFilter();
  if (absl::StartsWith(filter, "{")) return ParseSyncFilter(filter);
  CAUSEWAY_ASSIGN_OR_RETURN(std::string json,
                            domain_.filters.Get(user_id, filter));
  return ParseSyncFilter(json);
}

RoomsService::Reactor* RoomsService::Sync(Context* context,
                                          const v1::SyncRequest* request,
                                          v1::SyncResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleSync(*request, call);
                            });
}

RoomsService::Answer<v1::SyncResponse> RoomsService::HandleSync(
    const v1::SyncRequest& request, server::CallContext call) {
  if (request.timeout_ms() < 0) {
    co_return matrix::InvalidParam("timeout", "must not be negative");
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Asking asking,
                               co_await AwaitAsking(request.principal(), call));
  const ActingUser& acting = asking.caller.acting;
  std::optional<SyncPosition> since;
  if (!request.since().empty()) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(since,
                                 ParseSyncPosition(request.since(), "since"));
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(SyncFilter filter,
                               FindFilter(acting.user_id, request.filter()));
  // Application services say what their users are; those don't sync.
  PresenceState presence =
      acting.is_own_user ? PresenceState::kOffline : PresenceState::kOnline;
  if (!request.set_presence().empty()) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(
        presence, ParsePresence(request.set_presence(), "set_presence"));
  }
  SyncQuery query = {.user_id = acting.user_id,
                     .txn_scope = acting.txn_scope,
                     .since = since,
                     .device_id = acting.device_id,
                     .filter = std::move(filter),
                     .full_state = request.full_state(),
                     .presence = presence};
  // The deadline of queries isn't one for long polls.
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      SyncResult result,
      co_await domain_.long_poll.Sync(std::move(query),
                                      absl::Milliseconds(request.timeout_ms()),
                                      std::move(call)));
  co_return SyncResultToProto(std::move(result));
}

}  // namespace causeway::homeserver
