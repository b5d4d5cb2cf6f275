#include "services/homeserver/sync/room_reader.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// What of a room's state an invitation shows.
// Source: https://spec.matrix.org/v1.17/client-server-api/#stripped-state
constexpr const char* kInviteStateTypes[] = {
    kCreateType, kJoinRulesType, kCanonicalAliasType, kNameType,
    kAvatarType, kTopicType,     kEncryptionType,
};

// Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientv3sync_response-200_roomsummary
constexpr int kHeroesMax = 5;

bool JoinedAt(const std::vector<MembershipChange>& memberships,
              int64_t position) {
  bool joined = false;
  for (const MembershipChange& change : memberships) {
    if (change.position > position) break;
    joined = change.membership == Membership::kJoin;
  }
  return joined;
}

// Where the membership that holds at `position` began; 0: nowhere.
int64_t LastChange(const std::vector<MembershipChange>& memberships,
                   int64_t position) {
  int64_t last = 0;
  for (const MembershipChange& change : memberships) {
    if (change.position > position) break;
    last = change.position;
  }
  return last;
}

bool EverJoined(const std::vector<MembershipChange>& memberships) {
  return std::any_of(memberships.begin(), memberships.end(),
                     [](const MembershipChange& change) {
                       return change.membership == Membership::kJoin;
                     });
}

// Keeps as many of the first `events` as there is room for in `bytes_left`,
// which it takes. Whether that isn't all.
bool KeepUpTo(size_t& bytes_left, std::vector<StoredEvent>& events) {
  size_t kept = 0;
  while (kept < events.size() && events[kept].json.size() <= bytes_left) {
    bytes_left -= events[kept].json.size();
    ++kept;
  }
  const bool is_cut = kept < events.size();
  events.resize(kept);
  return is_cut;
}

std::vector<StateKey> MemberKeys(const std::set<std::string>& user_ids) {
  std::vector<StateKey> keys;
  keys.reserve(user_ids.size());
  for (const std::string& user_id : user_ids) {
    keys.push_back({kMemberType, user_id});
  }
  return keys;
}

}  // namespace

RoomReader::RoomReader(RoomHistory& history, MemberCounter& counter,
                       const SyncQuery& query, Window window)
    : history_(history), counter_(counter), query_(query), window_(window) {}

absl::StatusOr<std::optional<SyncedRoom>> RoomReader::ReadJoined(
    const std::string& room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<MembershipChange> memberships,
      history_.MembershipsOf(room_id, query_.user_id.str()));
  const bool is_new = !JoinedAllSince(memberships, window_.since);
  const int64_t known = is_new || query_.full_state ? 0 : window_.since;
  SyncedRoom room;
  room.room_id = room_id;
  room.is_new = is_new;
  const int64_t after = is_new ? 0 : window_.since;
  CAUSEWAY_ASSIGN_OR_RETURN(PositionRanges visible,
                            VisibleIn(room_id, memberships, after));
  CAUSEWAY_ASSIGN_OR_RETURN(Told told,
                            ReadTimeline(std::move(visible), after, room));
  CAUSEWAY_RETURN_IF_ERROR(ReadSummary(known, room));
  if (known == 0) told.senders.insert(query_.user_id.str());
  if (room.summary.has_value() && room.summary->heroes.has_value()) {
    told.senders.insert(room.summary->heroes->begin(),
                        room.summary->heroes->end());
  }
  CAUSEWAY_RETURN_IF_ERROR(ReadState(known, told, room));
  const bool has_news =
      !room.state.empty() || !room.timeline.empty() || told.is_cut;
  if (!has_news) return std::optional<SyncedRoom>();
  return std::make_optional(std::move(room));
}

absl::StatusOr<SyncedRoom> RoomReader::ReadLeft(const std::string& room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<MembershipChange> memberships,
      history_.MembershipsOf(room_id, query_.user_id.str()));
  SyncedRoom room;
  room.room_id = room_id;
  CAUSEWAY_ASSIGN_OR_RETURN(PositionRanges visible,
                            VisibleIn(room_id, memberships, window_.since));
  // Who came and went in between knows nothing of the room, and who was never
  // in it is told nothing but that it is over.
  const bool knows_it = window_.since == 0
                            ? EverJoined(memberships)
                            : JoinedAt(memberships, window_.since);
  const int64_t went = LastChange(memberships, window_.position);
  if (!knows_it && went > window_.since && !Contains(visible, went)) {
    visible.push_back({went, went});
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      Told told, ReadTimeline(std::move(visible), window_.since, room));
  if (knows_it) {
    CAUSEWAY_RETURN_IF_ERROR(ReadState(window_.since, told, room));
  }
  return room;
}

absl::StatusOr<PositionRanges> RoomReader::VisibleIn(
    const std::string& room_id,
    const std::vector<MembershipChange>& memberships, int64_t after) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<VisibilityChange> visibilities,
                            history_.VisibilitiesOf(room_id));
  return Clip(VisibleRanges(visibilities, memberships),
              {after + 1, window_.position});
}

absl::StatusOr<RoomReader::Told> RoomReader::ReadTimeline(
    PositionRanges visible, int64_t after, SyncedRoom& room) {
  // State that changed in a part that they may not see would be missing
  // between two parts that they may: the timeline is in one part.
  if (visible.size() > 1) {
    visible = {visible.back()};
    room.limited = true;
  }
  const size_t limit = query_.filter.timeline_limit;
  EventQuery wanted = {.room_id = room.room_id,
                       .ranges = visible,
                       .newest_first = true,
                       // One more than fits tells whether there is more.
                       .limit = static_cast<int>(limit) + 1,
                       .filter = query_.filter.timeline,
                       .looked_at_max = query_.filter.timeline.takes_all()
                                            ? 0
                                            : kFilteredEventsMax,
                       .bytes_max = timeline_bytes_left_};
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<StoredEvent> events,
                            history_.FindEvents(wanted));
  const bool has_more = events.size() > limit;
  if (has_more) events.resize(limit);
  bool is_cut = KeepUpTo(timeline_bytes_left_, events);
  std::optional<int64_t> looked_up_to;
  if (!has_more && !is_cut) {
    CAUSEWAY_ASSIGN_OR_RETURN(looked_up_to, history_.LookedUpTo(wanted));
    is_cut = looked_up_to.has_value();
  }
  room.limited |= has_more || is_cut;
  std::reverse(events.begin(), events.end());
  if (looked_up_to.has_value()) {
    room.prev_position = *looked_up_to - 1;
  } else if (!events.empty()) {
    room.prev_position = events.front().position - 1;
  } else {
    room.prev_position = visible.empty() ? after : visible.back().last;
  }
  Told told = {.state_position = room.prev_position, .is_cut = is_cut};
  if (!query_.filter.timeline.takes_all() && !visible.empty()) {
    // State that the filter keeps out of the timeline is told beside it.
    told.state_position = visible.back().last;
  }
  for (const StoredEvent& event : events) told.positions.insert(event.position);
  if (query_.filter.state.lazy_load_members) {
    for (const StoredEvent& stored : events) {
      CAUSEWAY_ASSIGN_OR_RETURN(Event event, ParseStoredEvent(stored.json));
      told.senders.insert(std::move(event.sender));
    }
  }
  CAUSEWAY_ASSIGN_OR_RETURN(room.timeline, ToClients(std::move(events)));
  return told;
}

absl::StatusOr<bool> RoomReader::MayLookDifferent(const std::string& room_id,
                                                  int64_t known) {
  // Not asked of a room that is new, whose members may be long ago.
  if (known == 0) return true;
  const EventQuery change = {
      .room_id = room_id,
      .ranges = {{known + 1, window_.position}},
      .newest_first = true,
      .limit = 1,
      .filter = {.types = {{kMemberType, kNameType, kCanonicalAliasType}}},
      .looked_at_max = kFilteredEventsMax};
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<StoredEvent> found,
                            history_.FindEvents(change));
  if (!found.empty()) return true;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<int64_t> looked_up_to,
                            history_.LookedUpTo(change));
  return looked_up_to.has_value();
}

absl::Status RoomReader::ReadSummary(int64_t known, SyncedRoom& room) {
  CAUSEWAY_ASSIGN_OR_RETURN(const bool may_differ,
                            MayLookDifferent(room.room_id, known));
  if (!may_differ) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(const MemberCounts counts,
                            counter_.CountAt(room.room_id, window_.position));
  RoomSummary summary = {.heroes = std::nullopt,
                         .joined_count = counts.joined,
                         .invited_count = counts.invited};
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<StoredEvent> names,
      history_.StateEventsAt(room.room_id,
                             {{kNameType, ""}, {kCanonicalAliasType, ""}},
                             window_.position, kAnswerStateBytesMax));
  if (names.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        summary.heroes, history_.HeroesAt(room.room_id, query_.user_id.str(),
                                          window_.position, kHeroesMax));
  }
  room.summary = std::move(summary);
  return absl::OkStatus();
}

absl::Status RoomReader::ReadState(int64_t known, const Told& told,
                                   SyncedRoom& room) {
  const EventFilter& filter = query_.filter.state;
  if (filter.takes_nothing() || !filter.TakesRoom(room.room_id)) {
    return absl::OkStatus();
  }
  std::vector<StoredEvent> events;
  if (query_.filter.state.lazy_load_members) {
    CAUSEWAY_ASSIGN_OR_RETURN(events, history_.StateWithoutMembersAt(
                                          room.room_id, told.state_position,
                                          known, state_bytes_left_));
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<StoredEvent> members,
        history_.StateEventsAt(room.room_id, MemberKeys(told.senders),
                               told.state_position, state_bytes_left_));
    events.insert(events.end(), std::make_move_iterator(members.begin()),
                  std::make_move_iterator(members.end()));
  } else {
    CAUSEWAY_ASSIGN_OR_RETURN(
        events, history_.StateAt(room.room_id, told.state_position, known,
                                 state_bytes_left_));
  }
  std::erase_if(events, [&](const StoredEvent& event) {
    return told.positions.contains(event.position);
  });
  if (!filter.takes_all()) {
    std::vector<StoredEvent> taken;
    for (StoredEvent& stored : events) {
      CAUSEWAY_ASSIGN_OR_RETURN(Event event, ParseStoredEvent(stored.json));
      if (filter.TakesEvent(event)) {
        taken.push_back(std::move(stored));
      }
    }
    events = std::move(taken);
  }
  CAUSEWAY_RETURN_IF_ERROR(TakeStateBytes(events));
  for (StoredEvent& event : events) {
    room.state.push_back(Pick(std::move(event.json)));
  }
  return absl::OkStatus();
}

absl::Status RoomReader::TakeStateBytes(const std::vector<StoredEvent>& state) {
  CAUSEWAY_RETURN_IF_ERROR(CheckStateBytes(state, state_bytes_left_));
  for (const StoredEvent& event : state) state_bytes_left_ -= event.json.size();
  return absl::OkStatus();
}

std::string RoomReader::Pick(std::string event_json) const {
  const std::optional<EventFields>& fields = query_.filter.event_fields;
  return fields.has_value() ? fields->Pick(event_json) : event_json;
}

absl::StatusOr<std::vector<std::string>> RoomReader::ToClients(
    std::vector<StoredEvent> events) {
  std::vector<std::string> jsons;
  if (events.empty()) return jsons;
  CAUSEWAY_ASSIGN_OR_RETURN(
      auto txn_ids,
      history_.TxnIdsIn(query_.txn_scope,
                        {events.front().position, events.back().position}));
  jsons.reserve(events.size());
  for (const StoredEvent& event : events) {
    auto sent = txn_ids.find(event.position);
    jsons.push_back(Pick(ToClientForm(
        event.json,
        {.now = window_.now,
         .txn_id = sent == txn_ids.end() ? "" : std::move(sent->second)})));
  }
  return jsons;
}

absl::StatusOr<InvitedRoom> RoomReader::ReadInvited(
    const std::string& room_id) {
  InvitedRoom room = {.room_id = room_id, .stripped_state = {}};
  auto add = [&](const std::vector<StateKey>& keys) -> absl::StatusOr<Event> {
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<StoredEvent> stored,
        history_.StateEventsAt(room_id, keys, window_.position,
                               state_bytes_left_));
    CAUSEWAY_RETURN_IF_ERROR(TakeStateBytes(stored));
    Event last;
    for (StoredEvent& state : stored) {
      CAUSEWAY_ASSIGN_OR_RETURN(last, ParseStoredEvent(std::move(state.json)));
      room.stripped_state.push_back(ToStrippedState(last));
    }
    return last;
  };
  std::vector<StateKey> keys;
  for (const char* type : kInviteStateTypes) keys.push_back({type, ""});
  CAUSEWAY_RETURN_IF_ERROR(add(keys).status());
  CAUSEWAY_ASSIGN_OR_RETURN(Event invitation,
                            add({{kMemberType, query_.user_id.str()}}));
  CAUSEWAY_RETURN_IF_ERROR(add({{kMemberType, invitation.sender}}).status());
  return room;
}

}  // namespace causeway::homeserver
