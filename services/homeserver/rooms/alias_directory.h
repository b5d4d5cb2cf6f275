#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_DIRECTORY_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_DIRECTORY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Which room an alias points to.
// Source: https://spec.matrix.org/v1.17/client-server-api/#room-aliases
//
// Whether somebody may have an alias at all is decided by MayManageAlias() in
// authorization.h, before anything is called here.
//
// Thread-safe. Calls block on the store.
class AliasDirectory {
 public:
  // All must outlive the directory.
  AliasDirectory(RoomStore& store, RoomHistory& history, const Clock& clock);

  // Empty if nothing here has the alias.
  absl::StatusOr<std::optional<matrix::RoomId>> Find(
      const matrix::RoomAlias& alias);

  // For a creator who is in the room: an alias lets whoever owns its namespace
  // see all that is said there. ALREADY_EXISTS (M_UNKNOWN, 409) if it points
  // somewhere; PERMISSION_DENIED (M_FORBIDDEN), also if there is no such room.
  absl::Status Add(const AliasEntry& entry);

  // For who made the alias, has the power to set the room's canonical alias,
  // or `owns_namespace` it lies in. PERMISSION_DENIED (M_FORBIDDEN) for anybody
  // else; NOT_FOUND (M_NOT_FOUND) if there is no such alias. The room's
  // m.room.canonical_alias goes without it from then on, if `actor` may say so.
  absl::Status Remove(const matrix::RoomAlias& alias,
                      const matrix::UserId& actor, bool owns_namespace);

 private:
  RoomStore& store_;
  RoomHistory& history_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_DIRECTORY_H_
