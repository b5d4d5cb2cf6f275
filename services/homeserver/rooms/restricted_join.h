#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_RESTRICTED_JOIN_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_RESTRICTED_JOIN_H_

#include <cstddef>

#include "absl/status/status.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/room_store.h"

namespace causeway::homeserver {

// How many of a join rule's conditions, and of the users who could let somebody
// in, are looked at. Each is a look-up while nobody else can write.
inline constexpr size_t kJoinConditionsMax = 20;
inline constexpr size_t kJoinAuthorisersMax = 20;

// Completes `draft` if it is the m.room.member by which its sender joins. Who
// lets one in is for the server to say, so `join_authorised_via_users_server`
// is taken out of the content. Where the join rule is `restricted` or
// `knock_restricted`, and the sender is in a room of one of its conditions, it
// is put in: a member who may invite. That member's event is added to `state`,
// so that CheckEventAllowed() can judge; without such a member, or such a room,
// it refuses.
// Source: https://spec.matrix.org/v1.17/client-server-api/#restricted-rooms
// NOTSPEC: only the sender of the join rule, the creator and those with a power
// level of their own are looked at as members who may invite.
//
// Errors of the store. A draft that isn't understood is left as it is.
absl::Status AuthoriseJoin(RoomTransaction& transaction,
                           const matrix::RoomId& room_id, EventDraft& draft,
                           RoomState& state);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_RESTRICTED_JOIN_H_
