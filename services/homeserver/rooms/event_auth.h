#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_AUTH_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_AUTH_H_

#include <vector>

#include "absl/status/status.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_state.h"

namespace causeway::homeserver {

// Whether a room takes an event: the authorisation rules of room version 10,
// as far as they concern one server.
// Source: https://spec.matrix.org/v1.17/rooms/v10/#authorization-rules
//
// Pure. Who may act as the sender at all is decided in authorization.h.
// NOTSPEC: knocks and third-party invites are refused, since they need more of
// a server than this one is.

// The places of a room's state that CheckEventAllowed() looks at for `draft`,
// and the one that `draft` takes, if it is state. Where the conditions of a
// restricted room count, AuthoriseJoin() (restricted_join.h) adds another.
std::vector<StateKey> AuthStateKeys(const EventDraft& draft);

// PERMISSION_DENIED (M_FORBIDDEN) names the rule that `draft` breaks in a room
// of this `state`, and the power level that is needed and the one that is held;
// INVALID_ARGUMENT (M_BAD_JSON) what is wrong with the content of an
// m.room.member or m.room.power_levels.
absl::Status CheckEventAllowed(const EventDraft& draft, const RoomState& state);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_AUTH_H_
