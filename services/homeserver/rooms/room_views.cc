#include "services/homeserver/rooms/room_views.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/room_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Whether `view` shows the last thing that had happened in the room at `at`.
absl::StatusOr<bool> MaySeeTime(RoomHistory& history, const RoomView& view,
                                absl::string_view room_id, int64_t at) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<StoredEvent> last,
                            history.FindEvents({.room_id = std::string(room_id),
                                                .ranges = {{1, at}},
                                                .newest_first = true,
                                                .limit = 1}));
  return !last.empty() && Contains(view.visible, last[0].position);
}

}  // namespace

RoomViews::RoomViews(RoomHistory& history, const Clock& clock)
    : history_(history), clock_(clock) {}

absl::StatusOr<std::vector<std::string>> RoomViews::State(
    const matrix::UserId& viewer, absl::string_view room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(RoomView view, ViewOf(history_, viewer, room_id));
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<StoredEvent> events,
      history_.StateAt(room_id, view.state_position, /*after=*/0,
                       kAnswerStateBytesMax));
  const absl::Time now = clock_.Now();
  std::vector<std::string> jsons;
  jsons.reserve(events.size());
  for (const StoredEvent& event : events) {
    jsons.push_back(ToClientForm(event.json, {.now = now}));
  }
  return jsons;
}

absl::StatusOr<std::string> RoomViews::StateContent(
    const matrix::UserId& viewer, absl::string_view room_id,
    const StateKey& key) {
  CAUSEWAY_ASSIGN_OR_RETURN(RoomView view, ViewOf(history_, viewer, room_id));
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::optional<StoredEvent> stored,
      history_.StateEventAt(room_id, key, view.state_position));
  if (!stored.has_value()) {
    return matrix::NotFound(
        absl::StrCat("state event ", matrix::Quote(key.type)));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(Event event,
                            ParseStoredEvent(std::move(stored->json)));
  return std::move(event.content_json);
}

absl::StatusOr<std::vector<StoredMember>> RoomViews::Members(
    const matrix::UserId& viewer, absl::string_view room_id,
    std::optional<int64_t> at, const MemberChoice& choice) {
  CAUSEWAY_ASSIGN_OR_RETURN(RoomView view, ViewOf(history_, viewer, room_id));
  if (at.has_value() && *at < view.state_position) {
    CAUSEWAY_ASSIGN_OR_RETURN(bool visible,
                              MaySeeTime(history_, view, room_id, *at));
    if (!visible) {
      return matrix::Forbidden(
          absl::StrCat(viewer.str(), " may not see the room as it was then"));
    }
    view.state_position = *at;
  }
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<StoredMember> members,
                            history_.MembersAt(room_id, view.state_position,
                                               choice, kAnswerMemberBytesMax));
  const absl::Time now = clock_.Now();
  for (StoredMember& member : members) {
    member.event_json = ToClientForm(member.event_json, {.now = now});
  }
  return members;
}

absl::StatusOr<std::vector<std::string>> RoomViews::Aliases(
    const matrix::UserId& viewer, absl::string_view room_id) {
  CAUSEWAY_RETURN_IF_ERROR(ViewOf(history_, viewer, room_id).status());
  return history_.AliasesOf(room_id);
}

absl::StatusOr<std::optional<Membership>> RoomViews::MembershipOf(
    const matrix::UserId& viewer, absl::string_view room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(RoomView view, ViewOf(history_, viewer, room_id));
  return view.membership;
}

absl::StatusOr<std::vector<std::string>> RoomViews::AllRooms(
    absl::string_view after, int limit) {
  return history_.RoomIdsAfter(after, limit);
}

absl::StatusOr<std::vector<std::string>> RoomViews::JoinedRooms(
    const matrix::UserId& user_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(int64_t position, history_.LastPosition());
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<RoomOfUser> rooms,
      history_.RoomsOf(user_id.str(), position, position));
  std::vector<std::string> joined;
  for (RoomOfUser& room : rooms) {
    if (room.membership == Membership::kJoin) {
      joined.push_back(std::move(room.room_id));
    }
  }
  return joined;
}

absl::StatusOr<bool> RoomViews::IsJoined(const matrix::UserId& user_id,
                                         absl::string_view room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::optional<StoredEvent> stored,
      history_.StateEventAt(room_id, {kMemberType, user_id.str()},
                            kPositionMax));
  if (!stored.has_value()) return false;
  RoomState state;
  CAUSEWAY_ASSIGN_OR_RETURN(Event event,
                            ParseStoredEvent(std::move(stored->json)));
  state.Apply(std::move(event));
  return state.MembershipOf(user_id.str()) == Membership::kJoin;
}

}  // namespace causeway::homeserver
