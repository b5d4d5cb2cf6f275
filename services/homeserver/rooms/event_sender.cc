#include "services/homeserver/rooms/event_sender.h"

#include "absl/status/status.h"
#include "services/homeserver/rooms/canonical_alias.h"
#include "services/homeserver/rooms/client_txn.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_auth.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/restricted_join.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

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
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::optional<ClientTxn> txn,
      MakeClientTxn(actor, request.room_id, request.type, request.txn_id));
  CAUSEWAY_ASSIGN_OR_RETURN(
      EventDraft draft,
      MakeEventDraft(request.type, request.state_key, actor.user_id,
                     request.content_json,
                     SendTime(actor, request.origin_server_ts, clock_)));
  // Rooms are made as a whole (RoomFounding), under IDs that are ours.
  if (draft.type == kCreateType) {
    return matrix::Forbidden("nobody sends an m.room.create of their own");
  }
  const RoomStore::Foreseen foreseen = {
      .txn = txn.has_value() ? &*txn : nullptr,
      .room_id = &request.room_id,
      .places = AuthStateKeys(draft)};
  std::string event_id;
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Write(foreseen, [&](RoomTransaction& transaction) -> absl::Status {
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
            transaction.LoadState(request.room_id, foreseen.places));
        CAUSEWAY_RETURN_IF_ERROR(
            AuthoriseJoin(transaction, request.room_id, draft, state));
        if (draft.state_key.has_value()) {
          const Event* standing = state.Find(draft.type, *draft.state_key);
          CAUSEWAY_RETURN_IF_ERROR(CheckEventAllowed(draft, state));
          if (StandsAlready(draft, standing)) {
            event_id = standing->event_id;
            return absl::OkStatus();
          }
          if (draft.type == kCanonicalAliasType && draft.state_key->empty()) {
            CAUSEWAY_RETURN_IF_ERROR(CheckCanonicalAlias(
                transaction, request.room_id, draft, standing));
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
