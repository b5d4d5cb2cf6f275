#include "services/homeserver/rooms/room_views.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/history_visibility.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
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

// The positions that `query` asks for: after `first - 1`, up to `last`.
PositionRange WindowOf(const MessagesQuery& query, int64_t last_position) {
  if (query.backwards) {
    return {query.to.value_or(0) + 1, query.from.value_or(last_position)};
  }
  return {query.from.value_or(0) + 1, query.to.value_or(last_position)};
}

}  // namespace

RoomViews::RoomViews(RoomHistory& history) : history_(history) {}

absl::StatusOr<RoomViews::View> RoomViews::ViewOf(const matrix::UserId& viewer,
                                                  absl::string_view room_id) {
  View view;
  CAUSEWAY_ASSIGN_OR_RETURN(view.last_position, history_.LastPosition());
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<MembershipChange> memberships,
                            history_.MembershipsOf(room_id, viewer.str()));
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<VisibilityChange> visibilities,
                            history_.VisibilitiesOf(room_id));
  std::optional<int64_t> joined_until = JoinedUntil(memberships);
  if (IsWorldReadable(visibilities)) joined_until = kPositionMax;
  if (!joined_until.has_value()) {
    return matrix::Forbidden(absl::StrCat(viewer.str(), " is not in the room"));
  }
  view.state_position = std::min(*joined_until, view.last_position);
  view.visible = VisibleRanges(visibilities, memberships);
  return view;
}

absl::StatusOr<std::vector<std::string>> RoomViews::State(
    const matrix::UserId& viewer, absl::string_view room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(View view, ViewOf(viewer, room_id));
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<StoredEvent> events,
      history_.StateAt(room_id, view.state_position, /*after=*/0));
  std::vector<std::string> jsons;
  jsons.reserve(events.size());
  for (StoredEvent& event : events) jsons.push_back(std::move(event.json));
  return jsons;
}

absl::StatusOr<std::string> RoomViews::StateContent(
    const matrix::UserId& viewer, absl::string_view room_id,
    const StateKey& key) {
  CAUSEWAY_ASSIGN_OR_RETURN(View view, ViewOf(viewer, room_id));
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
    const matrix::UserId& viewer, absl::string_view room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(View view, ViewOf(viewer, room_id));
  return history_.MembersAt(room_id, view.state_position);
}

absl::StatusOr<MessagesPage> RoomViews::Messages(const matrix::UserId& viewer,
                                                 absl::string_view room_id,
                                                 const MessagesQuery& query) {
  CAUSEWAY_ASSIGN_OR_RETURN(View view, ViewOf(viewer, room_id));
  const PositionRange window = WindowOf(query, view.last_position);
  // One more than asked for tells whether there is more.
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<StoredEvent> events,
      history_.FindEvents({.room_id = std::string(room_id),
                           .ranges = Clip(view.visible, window),
                           .newest_first = query.backwards,
                           .limit = query.limit + 1,
                           .types = {},
                           .not_types = {}}));
  MessagesPage page;
  page.start = query.backwards ? window.last : window.first - 1;
  if (events.size() > static_cast<size_t>(query.limit)) {
    events.resize(query.limit);
    page.end =
        query.backwards ? events.back().position - 1 : events.back().position;
  }
  for (StoredEvent& event : events) {
    page.event_jsons.push_back(std::move(event.json));
  }
  return page;
}

absl::StatusOr<std::string> RoomViews::FindEvent(const matrix::UserId& viewer,
                                                 absl::string_view room_id,
                                                 absl::string_view event_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(View view, ViewOf(viewer, room_id));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredEvent> event,
                            history_.FindEvent(room_id, event_id));
  if (!event.has_value() || !Contains(view.visible, event->position)) {
    return matrix::NotFound(absl::StrCat("event ", matrix::Quote(event_id)));
  }
  return std::move(event->json);
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

}  // namespace causeway::homeserver
