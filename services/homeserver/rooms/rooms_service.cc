#include "services/homeserver/rooms/rooms_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/rooms/membership_changes.h"
#include "services/homeserver/rooms/rooms_proto.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/cancellable_unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

RoomsService::RoomsService(Options options, Domain domain,
                           registry_watch::LatestSnapshot& registry,
                           const Clock& clock, server::Executor& executor)
    : options_(std::move(options)),
      domain_(domain),
      registry_(registry),
      clock_(clock),
      executor_(executor),
      sync_streams_(
          [this](const v1::SyncRequest& request, server::CallContext call,
                 std::stop_token stop_waiting) {
            return HandleSync(request, std::move(call),
                              std::move(stop_waiting));
          },
          executor) {}

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

RoomsService::Reactor* RoomsService::RedactEvent(
    Context* context, const v1::RedactEventRequest* request,
    v1::SendEventResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::RedactEventRequest& request)
                   -> Answer<v1::SendEventResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(RedactRequest redaction,
                                              RedactRequestFromProto(request));
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     std::string event_id,
                     domain_.actions.Redact(asking.caller, redaction));
                 v1::SendEventResponse answer;
                 answer.set_event_id(std::move(event_id));
                 co_return answer;
               });
}

RoomsService::Reactor* RoomsService::ForgetRoom(
    Context* context, const v1::ForgetRoomRequest* request,
    v1::ForgetRoomResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::ForgetRoomRequest& request)
                   -> Answer<v1::ForgetRoomResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     matrix::RoomId room_id,
                     matrix::RoomId::Parse(request.room_id(), "roomId"));
                 CAUSEWAY_CO_RETURN_IF_ERROR(
                     domain_.actions.Forget(asking.caller, room_id));
                 co_return v1::ForgetRoomResponse();
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
  return server::SpawnCancellable(
      executor_, context, response,
      [this, request](const server::CallContext& call,
                      std::stop_token caller_gone) {
        return HandleSync(*request, call, std::move(caller_gone));
      });
}

grpc::ServerBidiReactor<v1::SyncManyRequest, v1::SyncManyResponse>*
RoomsService::SyncMany(Context*) {
  return sync_streams_.Open();
}

void RoomsService::Drain() { sync_streams_.Drain(); }

RoomsService::Answer<std::unique_ptr<SyncQuery>> RoomsService::AwaitSyncQuery(
    const v1::SyncRequest& request, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Asking asking,
      co_await AwaitAsking(request.principal(), std::move(call)));
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
  co_return std::make_unique<SyncQuery>(
      SyncQuery{.user_id = acting.user_id,
                .txn_scope = acting.txn_scope,
                .since = since,
                .device_id = acting.device_id,
                .filter = std::move(filter),
                .full_state = request.full_state(),
                .presence = presence});
}

RoomsService::Answer<v1::SyncResponse> RoomsService::HandleSync(
    const v1::SyncRequest& request, server::CallContext call,
    std::stop_token stop_waiting) {
  if (request.timeout_ms() < 0) {
    co_return matrix::InvalidParam("timeout", "must not be negative");
  }
  // In a coroutine of its own, as thousands wait in this one: what it needed
  // would be in the frames of all of them.
  CAUSEWAY_CO_ASSIGN_OR_RETURN(std::unique_ptr<SyncQuery> query,
                               co_await AwaitSyncQuery(request, call));
  // The deadline of queries isn't one for long polls.
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      std::unique_ptr<SyncResult> result,
      co_await domain_.long_poll.Sync(*query,
                                      absl::Milliseconds(request.timeout_ms()),
                                      call, std::move(stop_waiting)));
  co_return SyncResultToProto(std::move(*result));
}

}  // namespace causeway::homeserver
