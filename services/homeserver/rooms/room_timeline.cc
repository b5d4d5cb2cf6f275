#include "services/homeserver/rooms/room_timeline.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// The positions that `query` asks for: after `first - 1`, up to `last`.
PositionRange WindowOf(const MessagesQuery& query, int64_t last_position) {
  if (query.backwards) {
    return {query.to.value_or(0) + 1, query.from.value_or(last_position)};
  }
  return {query.from.value_or(0) + 1, query.to.value_or(last_position)};
}

}  // namespace

RoomTimeline::RoomTimeline(RoomHistory& history, const Clock& clock)
    : history_(history), clock_(clock) {}

absl::StatusOr<RoomTimeline::Found> RoomTimeline::FindMessages(
    absl::string_view room_id, const PositionRanges& visible,
    PositionRange window, const MessagesQuery& query, size_t bytes_max) {
  Found found;
  if (query.limit == 0) return found;
  const EventQuery wanted = {
      .room_id = std::string(room_id),
      .ranges = Clip(visible, window),
      .newest_first = query.backwards,
      // One more than asked for tells whether there is more.
      .limit = query.limit + 1,
      .filter = query.filter,
      .looked_at_max = query.filter.takes_all() ? 0 : kFilteredEventsMax,
      .bytes_max = bytes_max};
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<StoredEvent> events,
                            history_.FindEvents(wanted));
  size_t bytes = 0;
  for (StoredEvent& event : events) {
    bytes += event.json.size();
    if (found.events.size() == static_cast<size_t>(query.limit) ||
        (bytes > bytes_max && !found.events.empty())) {
      found.last_position = found.events.back().position;
      return found;
    }
    found.events.push_back(std::move(event));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(found.last_position, history_.LookedUpTo(wanted));
  return found;
}

absl::StatusOr<std::vector<std::string>> RoomTimeline::ForClient(
    const Reader& reader, const std::vector<StoredEvent>& events) {
  std::vector<std::string> jsons;
  if (events.empty()) return jsons;
  const auto [first, last] =
      std::minmax(events.front().position, events.back().position);
  CAUSEWAY_ASSIGN_OR_RETURN(auto txn_ids,
                            history_.TxnIdsIn(reader.txn_scope, {first, last}));
  const absl::Time now = clock_.Now();
  jsons.reserve(events.size());
  for (const StoredEvent& event : events) {
    auto sent = txn_ids.find(event.position);
    jsons.push_back(ToClientForm(
        event.json,
        {.now = now, .txn_id = sent == txn_ids.end() ? "" : sent->second}));
  }
  return jsons;
}

absl::StatusOr<std::vector<std::string>> RoomTimeline::SendersOf(
    absl::string_view room_id, const std::vector<StoredEvent>& events,
    int64_t position) {
  std::set<StateKey> places;
  for (const StoredEvent& stored : events) {
    CAUSEWAY_ASSIGN_OR_RETURN(Event event, ParseStoredEvent(stored.json));
    places.insert({kMemberType, std::move(event.sender)});
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<StoredEvent> members,
      history_.StateEventsAt(room_id, {places.begin(), places.end()}, position,
                             kAnswerStateBytesMax));
  const absl::Time now = clock_.Now();
  std::vector<std::string> jsons;
  jsons.reserve(members.size());
  for (const StoredEvent& member : members) {
    jsons.push_back(ToClientForm(member.json, {.now = now}));
  }
  return jsons;
}

absl::StatusOr<MessagesPage> RoomTimeline::Messages(
    const Reader& reader, absl::string_view room_id,
    const MessagesQuery& query) {
  CAUSEWAY_ASSIGN_OR_RETURN(RoomView view,
                            ViewOf(history_, reader.user_id, room_id));
  const PositionRange window = WindowOf(query, view.last_position);
  CAUSEWAY_ASSIGN_OR_RETURN(
      Found found,
      FindMessages(room_id, view.visible, window, query, kAnswerEventBytesMax));
  MessagesPage page;
  page.start = query.backwards ? window.last : window.first - 1;
  if (found.last_position.has_value()) {
    page.end =
        query.backwards ? *found.last_position - 1 : *found.last_position;
  }
  CAUSEWAY_ASSIGN_OR_RETURN(page.event_jsons, ForClient(reader, found.events));
  if (query.filter.lazy_load_members) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        page.state, SendersOf(room_id, found.events, view.state_position));
  }
  return page;
}

absl::StatusOr<StoredEvent> RoomTimeline::FindVisible(
    const RoomView& view, absl::string_view room_id,
    absl::string_view event_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredEvent> event,
                            history_.FindEvent(room_id, event_id));
  if (!event.has_value() || !Contains(view.visible, event->position)) {
    return matrix::NotFound(absl::StrCat("event ", matrix::Quote(event_id)));
  }
  return *std::move(event);
}

absl::StatusOr<std::string> RoomTimeline::FindEvent(
    const Reader& reader, absl::string_view room_id,
    absl::string_view event_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(RoomView view,
                            ViewOf(history_, reader.user_id, room_id));
  CAUSEWAY_ASSIGN_OR_RETURN(StoredEvent event,
                            FindVisible(view, room_id, event_id));
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<std::string> jsons,
                            ForClient(reader, {std::move(event)}));
  return std::move(jsons.front());
}

absl::StatusOr<std::string> RoomTimeline::FindAnyEvent(
    absl::string_view event_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredEvent> event,
                            history_.FindEventInAnyRoom(event_id));
  if (!event.has_value()) {
    return matrix::NotFound(absl::StrCat("event ", matrix::Quote(event_id)));
  }
  return std::move(event->json);
}

absl::StatusOr<EventContext> RoomTimeline::Context(const Reader& reader,
                                                   absl::string_view room_id,
                                                   absl::string_view event_id,
                                                   int limit,
                                                   const EventFilter& filter) {
  CAUSEWAY_ASSIGN_OR_RETURN(RoomView view,
                            ViewOf(history_, reader.user_id, room_id));
  CAUSEWAY_ASSIGN_OR_RETURN(StoredEvent event,
                            FindVisible(view, room_id, event_id));
  MessagesQuery query;
  query.filter = filter;
  query.backwards = true;
  query.limit = limit / 2;
  CAUSEWAY_ASSIGN_OR_RETURN(
      Found before, FindMessages(room_id, view.visible, {1, event.position - 1},
                                 query, kAnswerEventBytesMax / 2));
  query.backwards = false;
  query.limit = limit - limit / 2;
  CAUSEWAY_ASSIGN_OR_RETURN(
      Found after, FindMessages(room_id, view.visible,
                                {event.position + 1, view.last_position}, query,
                                kAnswerEventBytesMax / 2));

  EventContext context;
  std::vector<StoredEvent> all = before.events;
  all.insert(all.end(), after.events.begin(), after.events.end());
  all.push_back(event);
  const int64_t first =
      before.events.empty() ? event.position : before.events.back().position;
  const int64_t last =
      after.events.empty() ? event.position : after.events.back().position;
  context.start = first - 1;
  context.end = last;
  const int64_t state_position = std::min(last, view.state_position);
  if (filter.lazy_load_members) {
    CAUSEWAY_ASSIGN_OR_RETURN(context.state,
                              SendersOf(room_id, all, state_position));
  } else {
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<StoredEvent> state,
        history_.StateAt(room_id, state_position, /*after=*/0,
                         kAnswerStateBytesMax));
    CAUSEWAY_ASSIGN_OR_RETURN(context.state, ForClient(reader, state));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(context.before, ForClient(reader, before.events));
  CAUSEWAY_ASSIGN_OR_RETURN(context.after, ForClient(reader, after.events));
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<std::string> jsons,
                            ForClient(reader, {std::move(event)}));
  context.event_json = std::move(jsons.front());
  return context;
}

}  // namespace causeway::homeserver
