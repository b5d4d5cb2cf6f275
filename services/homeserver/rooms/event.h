#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/matrix/identifiers.h"

// Events, from what a sender wants said to the bytes that everybody gets.
// Source: https://spec.matrix.org/v1.17/client-server-api/#room-event-format
//
// An event is serialised once, when it is stored. The same bytes go to every
// client and, through the push dispatcher, to every application service, so
// that a transaction can be repeated byte for byte years later. Hence there is
// no `age`, `unsigned` is fixed, and `user_id` (the draft's name for it) stands
// beside `sender` for both eras. What one client alone is told is added to a
// copy: ToClientForm(), ToStrippedState(). What a redaction leaves of an event
// (redaction.h) has the same form and stands in for the stored bytes wherever
// clients read; the stream keeps them.
namespace causeway::homeserver {

inline constexpr size_t kEventTypeBytesMax = 255;
inline constexpr size_t kStateKeyBytesMax = 255;

// What a sender wants said, checked for form but not yet for permission.
struct EventDraft {
  std::string type;
  std::optional<std::string> state_key;  // Only a state event has one.
  matrix::UserId sender;
  std::string content_json;      // A JSON object, compact.
  int64_t origin_server_ts = 0;  // Milliseconds since 1970.
  // Of an m.room.redaction: the event that it is about. Empty: none.
  std::string redacts = "";
};

// INVALID_ARGUMENT: M_INVALID_PARAM names `type` or `state_key` when it is out
// of bounds, M_BAD_JSON or M_NOT_JSON what is wrong with the content.
absl::StatusOr<EventDraft> MakeEventDraft(absl::string_view type,
                                          std::optional<std::string> state_key,
                                          const matrix::UserId& sender,
                                          absl::string_view content_json,
                                          int64_t origin_server_ts);

// An event as it is stored. `json` has all the rest in it.
struct Event {
  std::string event_id;
  std::string room_id;
  std::string type;
  std::string sender;
  std::optional<std::string> state_key;
  std::string content_json;  // Compact.
  std::string json;
};

// The bytes of an event, without a limit. `unsigned_json` is an object that
// isn't empty, or nothing.
std::string SerialiseEvent(const EventDraft& draft, absl::string_view room_id,
                           absl::string_view event_id,
                           absl::string_view unsigned_json);

// `$` and 256 random bits.
std::string NewEventId();

// `replaced` is the state event whose place it takes: null for none, and for
// what isn't state. It goes into `unsigned`, as clients show what changed.
// INVALID_ARGUMENT (M_TOO_LARGE) when the event has more than
// matrix::kEventBytesMax bytes, `unsigned` and `user_id` not counted.
absl::StatusOr<Event> BuildEvent(const EventDraft& draft,
                                 const matrix::RoomId& room_id,
                                 absl::string_view event_id,
                                 const Event* replaced);

// Takes `json`, which BuildEvent() made, apart again. INTERNAL when it can't
// have been.
absl::StatusOr<Event> ParseStoredEvent(std::string json);

// What one client alone is told of an event.
// Source: https://spec.matrix.org/v1.17/client-server-api/#definition-clientevent_unsigneddata
struct ClientForm {
  absl::Time now;  // Tells its age.
  // The device that sent it, with this, knows its own event again before it has
  // the answer of its send. Empty: for others.
  std::string txn_id = {};
};

std::string ToClientForm(const std::string& stored_json,
                         const ClientForm& form);

// The four fields by which a room is shown to somebody who isn't in it.
// Source: https://spec.matrix.org/v1.17/client-server-api/#stripped-state
std::string ToStrippedState(const Event& event);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_H_
