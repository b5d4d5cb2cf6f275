#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_REDACTOR_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_REDACTOR_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// What somebody wants to have taken out of a room.
struct RedactRequest {
  matrix::RoomId room_id;
  matrix::EventId event_id;
  std::string reason;            // Empty: none.
  std::string txn_id;            // Empty: a repeat redacts again.
  int64_t origin_server_ts = 0;  // 0: now.
};

// Takes the content of events away. The m.room.redaction goes into the stream
// like any event; from its commit on the redacted event is served stripped.
// Source: https://spec.matrix.org/v1.17/client-server-api/#redactions
//
// Thread-safe. Calls block on the store.
class EventRedactor {
 public:
  // Both must outlive the redactor.
  EventRedactor(RoomStore& store, const Clock& clock);

  // The redaction's ID; the first one's for a repeat with the same `txn_id`.
  // One's own events are redacted by who may send m.room.redaction, others' by
  // who has the room's `redact` level as well: else PERMISSION_DENIED
  // (M_FORBIDDEN). NOT_FOUND (M_NOT_FOUND) if the room has no such event;
  // INVALID_ARGUMENT (M_INVALID_PARAM) names the field.
  absl::StatusOr<std::string> Redact(const ActingUser& actor,
                                     const RedactRequest& request);

 private:
  RoomStore& store_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_REDACTOR_H_
