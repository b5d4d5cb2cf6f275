#include "services/homeserver/sync/events_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/history_visibility.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

EventsReader::EventsReader(RoomHistory& history) : history_(history) {}

absl::StatusOr<EventsPage> EventsReader::Read(const EventsQuery& query,
                                              int64_t position,
                                              absl::Time now) {
  // From beyond the end: of a stream that has been lost.
  const int64_t from = std::min(query.from.value_or(position), position);
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<RoomOfUser> rooms,
      history_.RoomsOf(query.user_id.str(), position, from));
  std::erase_if(rooms, [](const RoomOfUser& room) { return room.forgotten; });
  if (!query.room_id.empty()) {
    std::erase_if(rooms, [&](const RoomOfUser& room) {
      return room.room_id != query.room_id;
    });
    if (rooms.empty()) {
      return matrix::Forbidden(
          absl::StrCat(query.user_id.str(), " is not in the room"));
    }
  }
  EventsPage page;
  page.start = from;
  std::vector<StoredEvent> all;
  for (RoomOfUser& room : rooms) {
    if (room.has_news) {
      CAUSEWAY_ASSIGN_OR_RETURN(
          std::vector<MembershipChange> memberships,
          history_.MembershipsOf(room.room_id, query.user_id.str()));
      CAUSEWAY_ASSIGN_OR_RETURN(std::vector<VisibilityChange> visibilities,
                                history_.VisibilitiesOf(room.room_id));
      CAUSEWAY_ASSIGN_OR_RETURN(
          std::vector<StoredEvent> events,
          history_.FindEvents(
              {.room_id = room.room_id,
               .ranges = Clip(VisibleRanges(visibilities, memberships),
                              {from + 1, position}),
               .newest_first = false,
               .limit = kEventsPageMax + 1}));
      std::move(events.begin(), events.end(), std::back_inserter(all));
    }
    if (room.membership == Membership::kJoin) {
      page.joined_room_ids.push_back(std::move(room.room_id));
    }
  }
  std::sort(all.begin(), all.end(),
            [](const StoredEvent& a, const StoredEvent& b) {
              return a.position < b.position;
            });
  page.position = position;
  if (all.size() > kEventsPageMax) {
    all.resize(kEventsPageMax);
    page.position = all.back().position;
  }
  for (const StoredEvent& event : all) {
    page.event_jsons.push_back(ToClientForm(event.json, {.now = now}));
  }
  return page;
}

}  // namespace causeway::homeserver
