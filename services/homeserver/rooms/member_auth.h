#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_MEMBER_AUTH_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_MEMBER_AUTH_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_state.h"

namespace causeway::homeserver {

// A join that a restricted room's conditions allow names who lets one in:
// restricted_join.h puts that in.
inline constexpr char kJoinAuthorisedField[] =
    "join_authorised_via_users_server";

// Whether `join_rule` is one that has conditions.
bool IsRestricted(absl::string_view join_rule);

// The part of CheckEventAllowed() (event_auth.h, which is to be called) that is
// about m.room.member: who may join, invite, leave, kick, ban and unban.
// Source: https://spec.matrix.org/v1.17/rooms/v10/#authorization-rules
absl::Status CheckMemberAllowed(const EventDraft& draft,
                                const RoomState& state);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_MEMBER_AUTH_H_
