#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_VIEW_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_VIEW_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// How much of a room one user may see: who is in it sees its state as it is,
// who has left it as it was then, anybody else (also who has forgotten it) only
// that of a world_readable one. What was said is seen as history_visibility.h
// tells.
struct RoomView {
  int64_t state_position = 0;  // As of when the state is seen.
  PositionRanges visible;      // Which events are.
  int64_t last_position = 0;   // Of the whole stream.
  // Absent for who was never anything to the room, or has forgotten it.
  std::optional<Membership> membership;
};

// PERMISSION_DENIED (M_FORBIDDEN) where the user may see nothing, which also
// stands for a room that doesn't exist. Errors of `history`.
absl::StatusOr<RoomView> ViewOf(RoomHistory& history,
                                const matrix::UserId& viewer,
                                absl::string_view room_id);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_VIEW_H_
