#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_FOUNDING_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_FOUNDING_H_

#include "absl/status/statusor.h"
#include "services/homeserver/rooms/draft_room.h"
#include "services/homeserver/rooms/room_content.h"
#include "services/homeserver/rooms/room_creation.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Makes rooms. A room becomes visible as a whole, alias and all, when its one
// transaction commits: nobody ever sees one half made.
//
// Thread-safe. Calls block on the store.
class RoomFounding {
 public:
  // `store` and `clock` must outlive this object.
  RoomFounding(RoomStore& store, const Clock& clock,
               matrix::ServerName server_name);

  // ALREADY_EXISTS (M_ROOM_IN_USE) if the alias is taken; errors of
  // DraftNewRoom(); INVALID_ARGUMENT (M_INVALID_ROOM_STATE, or what is wrong
  // with its content) for an event of the request that the room itself doesn't
  // take.
  absl::StatusOr<matrix::RoomId> CreateRoom(const RoomRequest& request,
                                            const Member& creator);

  // The room behind `alias`, made from an application service's answer unless
  // it is there: two who ask at once, or one again after a crash, get one room
  // with one scrollback.
  absl::StatusOr<matrix::RoomId> EnsureDraftRoom(const matrix::RoomAlias& alias,
                                                 const matrix::UserId& creator,
                                                 const DraftRoom& room);

 private:
  absl::StatusOr<matrix::RoomId> NewRoomId() const;

  RoomStore& store_;
  const Clock& clock_;
  const matrix::ServerName server_name_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_FOUNDING_H_
