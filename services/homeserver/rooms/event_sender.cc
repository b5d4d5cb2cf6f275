#include "services/homeserver/rooms/event_sender.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_auth.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

absl::Status CheckTxnId(const std::string& txn_id) {
  if (txn_id.size() > kTxnIdBytesMax) {
    return matrix::InvalidParam(
        "txn_id", absl::StrCat("must have at most ", kTxnIdBytesMax, " bytes"));
  }
  if (absl::StrContains(txn_id, '\0')) {
    return matrix::InvalidParam("txn_id", "must not hold U+0000");
  }
  return absl::OkStatus();
}

// Whether sending `draft` would change nothing.
bool StandsAlready(const EventDraft& draft, const Event* standing) {
  return standing != nullptr && standing->sender == draft.sender.str() &&
         standing->content_json == draft.content_json;
}

}  // namespace

EventSender::EventSender(RoomStore& store, const Clock& clock)
    : store_(store), clock_(clock) {}

absl::StatusOr<std::string> EventSender::Send(const ActingUser& actor,
                                              const SendRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckTxnId(request.txn_id));
  const bool massaged =
      actor.may_massage_timestamps && request.origin_server_ts != 0;
  const int64_t ts =
      massaged ? request.origin_server_ts : absl::ToUnixMillis(clock_.Now());
  CAUSEWAY_ASSIGN_OR_RETURN(
      EventDraft draft,
      MakeEventDraft(request.type, request.state_key, actor.user_id,
                     request.content_json, ts));
  std::optional<ClientTxn> txn;
  if (!request.txn_id.empty()) {
    txn = ClientTxn{.scope = actor.txn_scope,
                    .room_id = request.room_id.str(),
                    .event_type = request.type,
                    .txn_id = request.txn_id};
  }
  std::string event_id;
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Write([&](RoomTransaction& transaction) -> absl::Status {
        if (txn.has_value()) {
          CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> sent,
                                    transaction.FindSent(*txn));
          if (sent.has_value()) {
            event_id = *std::move(sent);
            return absl::OkStatus();
          }
        }
        CAUSEWAY_ASSIGN_OR_RETURN(
            RoomState state,
            transaction.LoadState(request.room_id, AuthStateKeys(draft)));
        if (draft.state_key.has_value()) {
          const Event* standing = state.Find(draft.type, *draft.state_key);
          if (StandsAlready(draft, standing)) {
            CAUSEWAY_RETURN_IF_ERROR(CheckEventAllowed(draft, state));
            event_id = standing->event_id;
            return absl::OkStatus();
          }
        }
        CAUSEWAY_ASSIGN_OR_RETURN(
            Event event,
            AppendIfAllowed(transaction, request.room_id, draft, state));
        if (txn.has_value()) transaction.RememberSent(*txn, event.event_id);
        event_id = event.event_id;
        return absl::OkStatus();
      }));
  return event_id;
}

}  // namespace causeway::homeserver
