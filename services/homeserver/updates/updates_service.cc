#include "services/homeserver/updates/updates_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/homeserver/push_rules/push_rule_set.h"
#include "services/homeserver/sync/events_reader.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/server/cancellable_unary.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr int kReceiptsMax = 3;

// PERMISSION_DENIED (M_FORBIDDEN) unless the request is about who asks.
absl::Status CheckOwn(const Caller& caller, const std::string& user_id) {
  if (caller.acting.user_id.str() == user_id) return absl::OkStatus();
  return matrix::Forbidden(absl::StrCat(caller.acting.user_id.str(),
                                        " cannot do that for ",
                                        matrix::Quote(user_id)));
}

absl::StatusOr<absl::Duration> TypingTimeout(
    const v1::SetTypingRequest& request) {
  if (request.timeout_ms() < 0) {
    return matrix::InvalidParam("timeout", "must not be negative");
  }
  if (!request.typing()) return absl::ZeroDuration();
  if (request.timeout_ms() == 0) return kTypingTimeoutDefault;
  return std::min(absl::Milliseconds(request.timeout_ms()), kTypingTimeoutMax);
}

}  // namespace

UpdatesService::UpdatesService(Domain domain,
                               registry_watch::LatestSnapshot& registry,
                               matrix::ServerName server_name,
                               server::Executor& executor)
    : domain_(domain),
      registry_(registry),
      server_name_(std::move(server_name)),
      executor_(executor) {}

UpdatesService::Answer<Caller> UpdatesService::AwaitKnownCaller(
    v1::Principal principal, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Caller caller,
      co_await AwaitCaller(std::move(principal), registry_, server_name_));
  CAUSEWAY_CO_RETURN_IF_ERROR(co_await domain_.discovery.EnsureActorKnown(
      caller.acting, std::move(call)));
  co_return caller;
}

template <typename Request, typename Response, typename Handler>
UpdatesService::Reactor* UpdatesService::Serve(Context* context,
                                               const Request* request,
                                               Response* response,
                                               Handler handler) {
  return server::SpawnUnary(
      executor_, context, response,
      [this, request, handler = std::move(handler)](
          const server::CallContext& call) -> Answer<Response> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            const Caller caller,
            co_await AwaitKnownCaller(request->principal(), call));
        co_return handler(caller, *request);
      });
}

absl::StatusOr<std::vector<std::string>> UpdatesService::RoomsOf(
    const matrix::UserId& user_id) {
  return domain_.views.JoinedRooms(user_id);
}

absl::Status UpdatesService::CheckJoined(const matrix::UserId& user_id,
                                         const std::string& room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(const bool is_joined,
                            domain_.views.IsJoined(user_id, room_id));
  if (is_joined) return absl::OkStatus();
  return matrix::Forbidden(absl::StrCat(user_id.str(), " is not in the room"));
}

absl::Status UpdatesService::CheckSharesRoom(const matrix::UserId& viewer,
                                             const matrix::UserId& user_id) {
  if (viewer == user_id) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> theirs,
                            RoomsOf(user_id));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> own,
                            RoomsOf(viewer));
  // Bots are in thousands of rooms.
  const absl::flat_hash_set<absl::string_view> shared(own.begin(), own.end());
  if (std::any_of(theirs.begin(), theirs.end(),
                  [&shared](const std::string& room_id) {
                    return shared.contains(room_id);
                  })) {
    return absl::OkStatus();
  }
  return matrix::Forbidden("presence is shown to who shares a room");
}

absl::StatusOr<std::string> UpdatesService::FindAccountData(
    const matrix::UserId& user_id, const AccountDataPlace& place) {
  if (place.room_id.empty() && place.type == kPushRulesType) {
    return domain_.push_rules.Get(user_id, PushRulePath());
  }
  return domain_.user_data.Get(user_id, place);
}

UpdatesService::Reactor* UpdatesService::GetAccountData(
    Context* context, const v1::GetAccountDataRequest* request,
    v1::GetAccountDataResponse* response) {
  return Serve(
      context, request, response,
      [this](const Caller& caller, const v1::GetAccountDataRequest& request)
          -> absl::StatusOr<v1::GetAccountDataResponse> {
        CAUSEWAY_RETURN_IF_ERROR(CheckOwn(caller, request.user_id()));
        CAUSEWAY_ASSIGN_OR_RETURN(std::string content,
                                  FindAccountData(caller.acting.user_id,
                                                  {.room_id = request.room_id(),
                                                   .type = request.type()}));
        v1::GetAccountDataResponse answer;
        answer.set_content_json(std::move(content));
        return answer;
      });
}

UpdatesService::Reactor* UpdatesService::SetAccountData(
    Context* context, const v1::SetAccountDataRequest* request,
    v1::SetAccountDataResponse* response) {
  return Serve(
      context, request, response,
      [this](const Caller& caller, const v1::SetAccountDataRequest& request)
          -> absl::StatusOr<v1::SetAccountDataResponse> {
        CAUSEWAY_RETURN_IF_ERROR(CheckOwn(caller, request.user_id()));
        CAUSEWAY_RETURN_IF_ERROR(domain_.user_data.Set(
            caller.acting.user_id,
            {.room_id = request.room_id(), .type = request.type()},
            request.content_json()));
        return v1::SetAccountDataResponse();
      });
}

UpdatesService::Reactor* UpdatesService::SetTag(
    Context* context, const v1::SetTagRequest* request,
    v1::SetTagResponse* response) {
  return Serve(context, request, response,
               [this](const Caller& caller, const v1::SetTagRequest& request)
                   -> absl::StatusOr<v1::SetTagResponse> {
                 CAUSEWAY_RETURN_IF_ERROR(CheckOwn(caller, request.user_id()));
                 CAUSEWAY_RETURN_IF_ERROR(domain_.user_data.SetTag(
                     caller.acting.user_id, request.room_id(), request.tag(),
                     request.content_json()));
                 return v1::SetTagResponse();
               });
}

UpdatesService::Reactor* UpdatesService::SetTyping(
    Context* context, const v1::SetTypingRequest* request,
    v1::SetTypingResponse* response) {
  return Serve(
      context, request, response,
      [this](const Caller& caller, const v1::SetTypingRequest& request)
          -> absl::StatusOr<v1::SetTypingResponse> {
        const matrix::UserId& user_id = caller.acting.user_id;
        CAUSEWAY_RETURN_IF_ERROR(CheckOwn(caller, request.user_id()));
        CAUSEWAY_ASSIGN_OR_RETURN(absl::Duration timeout,
                                  TypingTimeout(request));
        CAUSEWAY_RETURN_IF_ERROR(CheckJoined(user_id, request.room_id()));
        domain_.typing.Set(request.room_id(), user_id.str(), timeout);
        if (request.typing()) domain_.presence.Active(user_id.str());
        return v1::SetTypingResponse();
      });
}

UpdatesService::Reactor* UpdatesService::SendReceipts(
    Context* context, const v1::SendReceiptsRequest* request,
    v1::SendReceiptsResponse* response) {
  return Serve(
      context, request, response,
      [this](const Caller& caller, const v1::SendReceiptsRequest& request)
          -> absl::StatusOr<v1::SendReceiptsResponse> {
        if (request.receipts_size() > kReceiptsMax) {
          return matrix::InvalidParam(
              "receipts", absl::StrCat("are at most ", kReceiptsMax));
        }
        const matrix::UserId& user_id = caller.acting.user_id;
        CAUSEWAY_RETURN_IF_ERROR(CheckJoined(user_id, request.room_id()));
        std::vector<ReceiptRequest> receipts;
        for (const auto& receipt : request.receipts()) {
          receipts.push_back({.type = receipt.type(),
                              .event_id = receipt.event_id(),
                              .thread_id = receipt.thread_id()});
        }
        CAUSEWAY_RETURN_IF_ERROR(
            domain_.receipts.Send(user_id, request.room_id(), receipts));
        domain_.presence.Active(user_id.str());
        return v1::SendReceiptsResponse();
      });
}

UpdatesService::Reactor* UpdatesService::GetPresence(
    Context* context, const v1::GetPresenceRequest* request,
    v1::GetPresenceResponse* response) {
  return Serve(
      context, request, response,
      [this](const Caller& caller, const v1::GetPresenceRequest& request)
          -> absl::StatusOr<v1::GetPresenceResponse> {
        CAUSEWAY_ASSIGN_OR_RETURN(
            matrix::UserId user_id,
            matrix::UserId::Parse(request.user_id(), "userId"));
        CAUSEWAY_RETURN_IF_ERROR(
            CheckSharesRoom(caller.acting.user_id, user_id));
        const UserPresence presence = domain_.presence.Get(user_id.str());
        v1::GetPresenceResponse answer;
        answer.set_presence(std::string(PresenceName(presence.state)));
        answer.set_status_msg(presence.status_msg);
        answer.set_currently_active(presence.currently_active);
        if (presence.last_active_ago.has_value()) {
          answer.set_has_last_active_ago(true);
          answer.set_last_active_ago_ms(
              absl::ToInt64Milliseconds(*presence.last_active_ago));
        }
        return answer;
      });
}

UpdatesService::Reactor* UpdatesService::SetPresence(
    Context* context, const v1::SetPresenceRequest* request,
    v1::SetPresenceResponse* response) {
  return Serve(
      context, request, response,
      [this](const Caller& caller, const v1::SetPresenceRequest& request)
          -> absl::StatusOr<v1::SetPresenceResponse> {
        CAUSEWAY_RETURN_IF_ERROR(CheckOwn(caller, request.user_id()));
        CAUSEWAY_ASSIGN_OR_RETURN(
            PresenceState state, ParsePresence(request.presence(), "presence"));
        if (request.status_msg().size() > kStatusMsgBytesMax) {
          return matrix::InvalidParam(
              "status_msg",
              absl::StrCat("must have at most ", kStatusMsgBytesMax, " bytes"));
        }
        CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> room_ids,
                                  RoomsOf(caller.acting.user_id));
        domain_.presence.Set(caller.acting.user_id.str(), state,
                             request.status_msg(),
                             /*stays=*/caller.acting.is_own_user, room_ids);
        return v1::SetPresenceResponse();
      });
}

UpdatesService::Reactor* UpdatesService::SendToDevice(
    Context* context, const v1::SendToDeviceRequest* request,
    v1::SendToDeviceResponse* response) {
  return Serve(
      context, request, response,
      [this](const Caller& caller, const v1::SendToDeviceRequest& request)
          -> absl::StatusOr<v1::SendToDeviceResponse> {
        std::vector<ToDeviceRequest> messages;
        messages.reserve(request.messages_size());
        for (const auto& message : request.messages()) {
          messages.push_back({.user_id = message.user_id(),
                              .device_id = message.device_id(),
                              .content_json = message.content_json()});
        }
        CAUSEWAY_RETURN_IF_ERROR(domain_.device_messages.Send(
            *caller.snapshot, caller.acting, request.type(), request.txn_id(),
            messages));
        if (domain_.metrics != nullptr) {
          domain_.metrics->MessagesSentToDevices(request.messages_size());
        }
        return v1::SendToDeviceResponse();
      });
}

UpdatesService::Reactor* UpdatesService::ListenEvents(
    Context* context, const v1::ListenEventsRequest* request,
    v1::ListenEventsResponse* response) {
  return server::SpawnCancellable(
      executor_, context, response,
      [this, request](const server::CallContext& call,
                      std::stop_token caller_gone) {
        return HandleListenEvents(*request, call, std::move(caller_gone));
      });
}

UpdatesService::Answer<v1::ListenEventsResponse>
UpdatesService::HandleListenEvents(const v1::ListenEventsRequest& request,
                                   server::CallContext call,
                                   std::stop_token caller_gone) {
  if (request.timeout_ms() < 0) {
    co_return matrix::InvalidParam("timeout", "must not be negative");
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const Caller caller,
      co_await AwaitKnownCaller(request.principal(), call));
  EventsQuery query = {.user_id = caller.acting.user_id,
                       .from = std::nullopt,
                       .room_id = request.room_id()};
  if (!request.from().empty()) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(query.from,
                                 ParseSyncPosition(request.from(), "from"));
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      EventsPage page,
      co_await domain_.long_poll.Listen(
          std::move(query), absl::Milliseconds(request.timeout_ms()),
          std::move(call), std::move(caller_gone)));
  v1::ListenEventsResponse answer;
  answer.set_start(FormatSyncToken(page.start));
  answer.set_end(FormatSyncToken(page.position));
  for (std::string& json : page.event_jsons) {
    answer.add_event_jsons(std::move(json));
  }
  co_return answer;
}

}  // namespace causeway::homeserver
