#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_NAMING_POWER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_NAMING_POWER_H_

#include "absl/status/statusor.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Whether the room lets `actor`, who has to be in it, decide what it is called:
// set its m.room.canonical_alias.
absl::StatusOr<bool> MayNameRoom(RoomTransaction& transaction,
                                 const matrix::RoomId& room_id,
                                 const matrix::UserId& actor);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_NAMING_POWER_H_
