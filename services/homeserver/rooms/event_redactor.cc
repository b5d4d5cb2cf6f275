#include "services/homeserver/rooms/event_redactor.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/client_txn.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_auth.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/reason.h"
#include "services/homeserver/rooms/redaction.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

std::string ContentOf(const RedactRequest& request) {
  // Newer clients look for `redacts` here, where later room versions have it.
  matrix::Json content = {{"redacts", request.event_id.str()}};
  if (!request.reason.empty()) content["reason"] = request.reason;
  return matrix::DumpJson(content);
}

// Whether `actor` may take away what `target` says, beyond sending redactions.
absl::Status CheckMayRedact(const matrix::UserId& actor, const Event& target,
                            const RoomState& state) {
  if (target.sender == actor.str()) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(PowerLevels levels, state.CurrentPowerLevels());
  const int64_t held = levels.OfUser(actor.str());
  if (held >= levels.ToRedact()) return absl::OkStatus();
  return matrix::Forbidden(
      absl::StrCat("redacting what another has sent takes power level ",
                   levels.ToRedact(), ", ", actor.str(), " has ", held));
}

absl::Status ServeRedacted(RoomTransaction& transaction,
                           const RoomTransaction::FoundEvent& target,
                           const std::string& event_id,
                           const std::string& redaction_json) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string redacted,
                            RedactedEvent(target.json, redaction_json));
  if (!target.replacing_json.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(Event replacing,
                              ParseStoredEvent(target.replacing_json));
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::string served,
        WithRedactedPredecessor(target.replacing_json, redacted));
    transaction.ServeAs(replacing.event_id, served);
  }
  transaction.ServeAs(event_id, redacted);
  return absl::OkStatus();
}

}  // namespace

EventRedactor::EventRedactor(RoomStore& store, const Clock& clock)
    : store_(store), clock_(clock) {}

absl::StatusOr<std::string> EventRedactor::Redact(
    const ActingUser& actor, const RedactRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(request.reason));
  // Its own path for each event, as clients count.
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::optional<ClientTxn> txn,
      MakeClientTxn(actor, request.room_id,
                    absl::StrCat(kRedactionType, "/", request.event_id.str()),
                    request.txn_id));
  CAUSEWAY_ASSIGN_OR_RETURN(
      EventDraft draft,
      MakeEventDraft(kRedactionType, std::nullopt, actor.user_id,
                     ContentOf(request),
                     SendTime(actor, request.origin_server_ts, clock_)));
  draft.redacts = request.event_id.str();
  std::string redaction_id;
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Write([&](RoomTransaction& transaction) -> absl::Status {
        if (txn.has_value()) {
          CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> sent,
                                    transaction.FindSent(*txn));
          if (sent.has_value()) {
            redaction_id = *std::move(sent);
            return absl::OkStatus();
          }
        }
        CAUSEWAY_ASSIGN_OR_RETURN(
            RoomState state,
            transaction.LoadState(request.room_id, AuthStateKeys(draft)));
        // First, so that nobody learns what there is in a room of others.
        CAUSEWAY_RETURN_IF_ERROR(CheckEventAllowed(draft, state));
        CAUSEWAY_ASSIGN_OR_RETURN(
            std::optional<RoomTransaction::FoundEvent> target,
            transaction.FindEvent(request.room_id, request.event_id.str()));
        if (!target.has_value()) {
          return matrix::NotFound(
              absl::StrCat("event ", matrix::Quote(request.event_id.str())));
        }
        CAUSEWAY_ASSIGN_OR_RETURN(Event target_event,
                                  ParseStoredEvent(target->json));
        CAUSEWAY_RETURN_IF_ERROR(
            CheckMayRedact(actor.user_id, target_event, state));
        CAUSEWAY_ASSIGN_OR_RETURN(
            Event redaction,
            AppendIfAllowed(transaction, request.room_id, draft, state));
        CAUSEWAY_RETURN_IF_ERROR(ServeRedacted(
            transaction, *target, target_event.event_id, redaction.json));
        if (txn.has_value()) {
          transaction.RememberSent(*txn, redaction.event_id);
        }
        redaction_id = redaction.event_id;
        return absl::OkStatus();
      }));
  return redaction_id;
}

}  // namespace causeway::homeserver
