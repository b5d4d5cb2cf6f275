#include "services/homeserver/rooms/room_view.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/history_visibility.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Until when the user was in the room: kPositionMax while they are in it.
// Empty for who never was.
std::optional<int64_t> JoinedUntil(
    const std::vector<MembershipChange>& memberships) {
  for (size_t i = memberships.size(); i > 0; --i) {
    if (memberships[i - 1].membership != Membership::kJoin) continue;
    return i == memberships.size() ? kPositionMax : memberships[i].position;
  }
  return std::nullopt;
}

bool IsWorldReadable(const std::vector<VisibilityChange>& visibilities) {
  return !visibilities.empty() &&
         visibilities.back().visibility == HistoryVisibility::kWorldReadable;
}

}  // namespace

absl::StatusOr<RoomView> ViewOf(RoomHistory& history,
                                const matrix::UserId& viewer,
                                absl::string_view room_id) {
  RoomView view;
  CAUSEWAY_ASSIGN_OR_RETURN(view.last_position, history.LastPosition());
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<MembershipChange> memberships,
                            history.MembershipsOf(room_id, viewer.str()));
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<VisibilityChange> visibilities,
                            history.VisibilitiesOf(room_id));
  if (!memberships.empty() && memberships.back().forgotten) {
    memberships.clear();
  }
  std::optional<int64_t> joined_until = JoinedUntil(memberships);
  if (IsWorldReadable(visibilities)) joined_until = kPositionMax;
  if (!joined_until.has_value()) {
    return matrix::Forbidden(absl::StrCat(viewer.str(), " is not in the room"));
  }
  if (!memberships.empty()) view.membership = memberships.back().membership;
  view.state_position = std::min(*joined_until, view.last_position);
  view.visible = VisibleRanges(visibilities, memberships);
  return view;
}

}  // namespace causeway::homeserver
