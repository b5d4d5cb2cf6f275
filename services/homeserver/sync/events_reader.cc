#include "services/homeserver/sync/events_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/history_visibility.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

namespace {

// The user's own memberships are told even where they may see nothing else.
PositionRanges TellableRanges(const std::vector<VisibilityChange>& visibilities,
                              const std::vector<MembershipChange>& memberships,
                              PositionRange window) {
  PositionRanges ranges = VisibleRanges(visibilities, memberships);
  for (const MembershipChange& change : memberships) {
    ranges.push_back({change.position, change.position});
  }
  return Clip(Normalise(std::move(ranges)), window);
}

// Leaves the first of `events` that a page can hold, in their order, and one
// more if there are more.
void KeepPage(std::vector<StoredEvent>& events) {
  std::sort(events.begin(), events.end(),
            [](const StoredEvent& a, const StoredEvent& b) {
              return a.position < b.position;
            });
  if (events.size() > kEventsPageMax + 1) events.resize(kEventsPageMax + 1);
}

absl::StatusOr<std::string> WithRoomId(const std::string& json,
                                       const std::string& room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::Json event, matrix::ParseObject(json));
  event["room_id"] = room_id;
  return matrix::DumpJson(event);
}

}  // namespace

EventsReader::EventsReader(RoomHistory& history, UpdateReader& updates)
    : history_(history), updates_(updates) {}

absl::StatusOr<EventsPage> EventsReader::Read(const EventsQuery& query,
                                              int64_t position,
                                              absl::Time now) {
  EventsPage page;
  if (query.from.has_value()) {
    page.start = *query.from;
    // From beyond the end: of a stream that has been lost.
    page.start.events = std::min(page.start.events, position);
  } else {
    CAUSEWAY_ASSIGN_OR_RETURN(page.start, updates_.End());
    page.start.events = position;
  }
  page.position = page.start;
  CAUSEWAY_RETURN_IF_ERROR(ReadRooms(query, position, now, page));
  CAUSEWAY_RETURN_IF_ERROR(ReadUpdates(query, page));
  return page;
}

absl::Status EventsReader::ReadRooms(const EventsQuery& query, int64_t position,
                                     absl::Time now, EventsPage& page) {
  const int64_t from = page.start.events;
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
  std::vector<StoredEvent> all;
  std::vector<std::pair<std::string, std::vector<MembershipChange>>> entered;
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
               .ranges = TellableRanges(visibilities, memberships,
                                        {from + 1, position}),
               .newest_first = false,
               .limit = kEventsPageMax + 1}));
      std::move(events.begin(), events.end(), std::back_inserter(all));
      KeepPage(all);
      if (room.membership == Membership::kJoin &&
          !JoinedAllSince(memberships, from)) {
        entered.emplace_back(room.room_id, std::move(memberships));
      }
    }
    if (room.membership == Membership::kJoin) {
      page.joined_room_ids.push_back(std::move(room.room_id));
    }
  }
  page.position.events = position;
  if (all.size() > kEventsPageMax) {
    all.resize(kEventsPageMax);
    page.position.events = all.back().position;
  }
  for (auto& [room_id, memberships] : entered) {
    // Else it is new to the next page.
    if (JoinedAllSince(memberships, page.position.events)) {
      page.new_room_ids.push_back(std::move(room_id));
    }
  }
  for (const StoredEvent& event : all) {
    page.event_jsons.push_back(ToClientForm(event.json, {.now = now}));
  }
  return absl::OkStatus();
}

absl::Status EventsReader::ReadUpdates(const EventsQuery& query,
                                       EventsPage& page) {
  SyncQuery sync = {.user_id = query.user_id,
                    .txn_scope = "",
                    .since = page.start,
                    .filter = {}};
  sync.filter.account_data.types.emplace();
  sync.filter.room_account_data.types.emplace();
  if (!query.room_id.empty()) sync.filter.presence.types.emplace();
  SyncResult told;
  told.joined_room_ids = page.joined_room_ids;
  for (const std::string& room_id : page.new_room_ids) {
    SyncedRoom& room = told.joined.emplace_back();
    room.room_id = room_id;
    room.is_new = true;
  }
  CAUSEWAY_RETURN_IF_ERROR(updates_.Read(sync, told));
  page.position.updates = told.position.updates;
  page.position.ephemeral = told.position.ephemeral;
  for (const SyncedRoom& room : told.joined) {
    for (const std::string& json : room.ephemeral) {
      CAUSEWAY_ASSIGN_OR_RETURN(std::string event,
                                WithRoomId(json, room.room_id));
      page.event_jsons.push_back(std::move(event));
    }
  }
  std::move(told.presence.begin(), told.presence.end(),
            std::back_inserter(page.event_jsons));
  return absl::OkStatus();
}

}  // namespace causeway::homeserver
