#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_APPENDING_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_APPENDING_H_

#include "absl/status/statusor.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/matrix/identifiers.h"

// The only two ways in which an event gets into a room. `state` is the room's,
// as far as AuthStateKeys() asks, and is brought up to date, so that several
// events can follow one another in a transaction.
namespace causeway::homeserver {

// Errors of CheckEventAllowed() and BuildEvent().
absl::StatusOr<Event> AppendIfAllowed(RoomTransaction& transaction,
                                      const matrix::RoomId& room_id,
                                      const EventDraft& draft,
                                      RoomState& state);

// Without asking the room's rules: for what an application service reports to
// have happened elsewhere. Errors of BuildEvent().
absl::StatusOr<Event> AppendReported(RoomTransaction& transaction,
                                     const matrix::RoomId& room_id,
                                     const EventDraft& draft, RoomState& state);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_APPENDING_H_
