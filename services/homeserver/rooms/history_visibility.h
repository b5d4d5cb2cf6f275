#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_HISTORY_VISIBILITY_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_HISTORY_VISIBILITY_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/position_range.h"

namespace causeway::homeserver {

// Who may see what was said.
// Source: https://spec.matrix.org/v1.17/client-server-api/#room-history-visibility
enum class HistoryVisibility { kShared, kInvited, kJoined, kWorldReadable };

// A word that isn't known is the strictest, kJoined.
HistoryVisibility ParseHistoryVisibility(absl::string_view word);

// From `position` on.
struct VisibilityChange {
  int64_t position = 0;
  HistoryVisibility visibility = HistoryVisibility::kShared;
};

struct MembershipChange {
  int64_t position = 0;
  Membership membership = Membership::kLeave;
  bool forgotten = false;  // See RoomTransaction::ForgetRoom().
};

// Whether the user, whose memberships of a room these are, ascending, has been
// in it all the time since `since`. Changes of a member event that leave its
// membership are profile changes.
bool JoinedAllSince(const std::vector<MembershipChange>& memberships,
                    int64_t since);

// The positions of a room's events that somebody may see whose membership
// changed as in `memberships`, in a room whose visibility changed as in
// `visibilities`; both ascending. Before its first change a room is `shared`
// and a user is out of it. Each event is judged by what held when it was sent,
// and the one that ends a membership still belongs to it.
PositionRanges VisibleRanges(const std::vector<VisibilityChange>& visibilities,
                             const std::vector<MembershipChange>& memberships);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_HISTORY_VISIBILITY_H_
