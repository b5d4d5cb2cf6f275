#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_CANONICAL_ALIAS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_CANONICAL_ALIAS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Whether every alias that `draft`, an m.room.canonical_alias for `room_id`,
// names and `standing` (null: nothing) doesn't is one of the room.
// INVALID_ARGUMENT: M_BAD_ALIAS names the first that isn't, M_INVALID_PARAM
// one that is no alias, M_BAD_JSON a field of another type.
// Source: https://spec.matrix.org/v1.17/client-server-api/#put_matrixclientv3roomsroomidstateeventtypestatekey
absl::Status CheckCanonicalAlias(RoomTransaction& transaction,
                                 const matrix::RoomId& room_id,
                                 const EventDraft& draft,
                                 const Event* standing);

// What `content_json`, of an m.room.canonical_alias, is without an alias.
// Nullopt: it doesn't name it.
std::optional<std::string> WithoutAlias(absl::string_view content_json,
                                        absl::string_view alias);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_CANONICAL_ALIAS_H_
