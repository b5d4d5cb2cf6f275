#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_SENDER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_SENDER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// What somebody wants to send.
struct SendRequest {
  matrix::RoomId room_id;
  std::string type;
  std::optional<std::string> state_key;  // A state event.
  std::string content_json;
  std::string txn_id;            // Empty: a repeat sends again.
  int64_t origin_server_ts = 0;  // 0: now.
};

// Sends message and state events.
//
// Thread-safe. Calls block on the store.
class EventSender {
 public:
  // Both must outlive the sender.
  EventSender(RoomStore& store, const Clock& clock);

  // The event's ID; the first one's for a repeat with the same `txn_id`, and
  // the standing one's for state that says what stands there already.
  // INVALID_ARGUMENT (M_INVALID_PARAM, M_BAD_JSON, M_NOT_JSON, M_TOO_LARGE, and
  // M_BAD_ALIAS for an m.room.canonical_alias of another room's alias);
  // PERMISSION_DENIED (M_FORBIDDEN) names the room's rule; errors of the store.
  // `origin_server_ts` counts only if `actor` may massage timestamps.
  absl::StatusOr<std::string> Send(const ActingUser& actor,
                                   const SendRequest& request);

 private:
  RoomStore& store_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_SENDER_H_
