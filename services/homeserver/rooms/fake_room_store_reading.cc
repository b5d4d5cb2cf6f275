// The reading sides of FakeRoomStore.

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>

#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// As it is served.
bool Takes(const EventQuery& query, const std::string& json) {
  const absl::StatusOr<Event> event = ParseStoredEvent(json);
  return event.ok() && query.filter.TakesRoom(query.room_id) &&
         query.filter.TakesEvent(*event);
}

absl::StatusOr<std::vector<StoredEvent>> Ascending(
    std::vector<StoredEvent> state, size_t bytes_max) {
  CAUSEWAY_RETURN_IF_ERROR(CheckStateBytes(state, bytes_max));
  std::sort(state.begin(), state.end(),
            [](const StoredEvent& a, const StoredEvent& b) {
              return a.position < b.position;
            });
  return state;
}

}  // namespace

std::map<StateKey, const FakeRoomStore::Record*> FakeRoomStore::StandingAt(
    absl::string_view room_id, int64_t position) const {
  std::map<StateKey, const Record*> standing;
  for (const Record& record : contents_.records) {
    if (record.position > position) break;
    if (record.room_id != room_id || !record.event.has_value() ||
        !record.event->state_key.has_value()) {
      continue;
    }
    standing[{record.event->type, *record.event->state_key}] = &record;
  }
  return standing;
}

std::vector<const FakeRoomStore::Record*> FakeRoomStore::EverAt(
    absl::string_view room_id, const StateKey& key) const {
  std::vector<const Record*> ever;
  for (const Record& record : contents_.records) {
    if (record.room_id == room_id && record.event.has_value() &&
        record.event->type == key.type &&
        record.event->state_key == key.state_key) {
      ever.push_back(&record);
    }
  }
  return ever;
}

absl::StatusOr<int64_t> FakeRoomStore::LastPosition() {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  return static_cast<int64_t>(contents_.records.size());
}

absl::StatusOr<std::vector<StoredEvent>> FakeRoomStore::StateAt(
    absl::string_view room_id, int64_t position, int64_t after,
    size_t bytes_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::vector<StoredEvent> state;
  for (const auto& [key, record] : StandingAt(room_id, position)) {
    if (record->position > after) {
      state.push_back({record->position, record->json()});
    }
  }
  return Ascending(std::move(state), bytes_max);
}

absl::StatusOr<std::optional<StoredEvent>> FakeRoomStore::StateEventAt(
    absl::string_view room_id, const StateKey& key, int64_t position) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  auto standing = StandingAt(room_id, position);
  auto found = standing.find(key);
  if (found == standing.end()) return std::optional<StoredEvent>();
  return StoredEvent{found->second->position, found->second->json()};
}

absl::StatusOr<std::vector<StoredEvent>> FakeRoomStore::StateEventsAt(
    absl::string_view room_id, const std::vector<StateKey>& places,
    int64_t position, size_t bytes_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  auto standing = StandingAt(room_id, position);
  std::vector<StoredEvent> events;
  for (const StateKey& place : places) {
    auto found = standing.find(place);
    if (found == standing.end()) continue;
    events.push_back({found->second->position, found->second->json()});
  }
  return Ascending(std::move(events), bytes_max);
}

absl::StatusOr<std::vector<StoredEvent>> FakeRoomStore::StateWithoutMembersAt(
    absl::string_view room_id, int64_t position, int64_t after,
    size_t bytes_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::vector<StoredEvent> state;
  for (const auto& [key, record] : StandingAt(room_id, position)) {
    if (record->position > after && key.type != kMemberType) {
      state.push_back({record->position, record->json()});
    }
  }
  return Ascending(std::move(state), bytes_max);
}

absl::StatusOr<std::vector<std::string>> FakeRoomStore::HeroesAt(
    absl::string_view room_id, absl::string_view user_id, int64_t position,
    int limit) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::map<int64_t, std::string> in;
  std::map<int64_t, std::string> out;
  for (const auto& [key, record] : StandingAt(room_id, position)) {
    if (key.type != kMemberType || key.state_key == user_id) continue;
    switch (
        ParseMembership(record->content_field).value_or(Membership::kKnock)) {
      case Membership::kJoin:
      case Membership::kInvite:
        in[record->position] = key.state_key;
        break;
      case Membership::kLeave:
      case Membership::kBan:
        out[record->position] = key.state_key;
        break;
      case Membership::kKnock:
        break;
    }
  }
  std::vector<std::string> heroes;
  for (const auto& [at, member] : in.empty() ? out : in) {
    if (heroes.size() < static_cast<size_t>(limit)) heroes.push_back(member);
  }
  return heroes;
}

absl::StatusOr<std::vector<StoredMember>> FakeRoomStore::MembersAt(
    absl::string_view room_id, int64_t position, const MemberChoice& choice,
    size_t bytes_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::vector<StoredMember> members;
  for (const auto& [key, record] : StandingAt(room_id, position)) {
    if (key.type != kMemberType) continue;
    const Membership membership =
        ParseMembership(record->content_field).value_or(Membership::kLeave);
    if (choice.only.has_value() && membership != *choice.only) continue;
    if (choice.without.has_value() && membership == *choice.without) continue;
    members.push_back({.user_id = key.state_key,
                       .membership = membership,
                       .event_json = record->json()});
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckMemberBytes(members, bytes_max));
  return members;
}

absl::StatusOr<MemberCounts> FakeRoomStore::CountMembersAt(
    absl::string_view room_id, int64_t position) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<StoredMember> members,
      MembersAt(room_id, position, {}, std::numeric_limits<size_t>::max()));
  MemberCounts counts;
  for (const StoredMember& member : members) {
    if (member.membership == Membership::kJoin) ++counts.joined;
    if (member.membership == Membership::kInvite) ++counts.invited;
  }
  return counts;
}

absl::StatusOr<MemberCounts> FakeRoomStore::MemberCountChange(
    absl::string_view room_id, int64_t after, int64_t position) {
  CAUSEWAY_ASSIGN_OR_RETURN(const MemberCounts before,
                            CountMembersAt(room_id, after));
  CAUSEWAY_ASSIGN_OR_RETURN(const MemberCounts now,
                            CountMembersAt(room_id, position));
  return MemberCounts{.joined = now.joined - before.joined,
                      .invited = now.invited - before.invited};
}

absl::StatusOr<std::vector<StoredEvent>> FakeRoomStore::FindEvents(
    const EventQuery& query) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::vector<StoredEvent> events;
  size_t bytes = 0;
  for (const Record* record : LookedAt(query)) {
    if (events.size() == static_cast<size_t>(query.limit) ||
        bytes > query.bytes_max) {
      break;
    }
    if (Contains(query.ranges, record->position) &&
        Takes(query, record->json())) {
      events.push_back({record->position, record->json()});
      bytes += record->json().size();
    }
  }
  return events;
}

absl::StatusOr<std::optional<int64_t>> FakeRoomStore::LookedUpTo(
    const EventQuery& query) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  const std::vector<const Record*> looked_at = LookedAt(query);
  if (query.looked_at_max <= 0 || query.limit <= 0 ||
      query.filter.takes_nothing() || !query.filter.TakesRoom(query.room_id) ||
      looked_at.size() < static_cast<size_t>(query.looked_at_max)) {
    return std::optional<int64_t>();
  }
  return std::make_optional(looked_at.back()->position);
}

std::vector<const FakeRoomStore::Record*> FakeRoomStore::LookedAt(
    const EventQuery& query) const {
  std::vector<const Record*> records;
  if (query.ranges.empty()) return records;
  for (const Record& record : contents_.records) {
    if (record.room_id == query.room_id && record.event.has_value() &&
        record.position >= query.ranges.front().first &&
        record.position <= query.ranges.back().last) {
      records.push_back(&record);
    }
  }
  if (query.newest_first) std::reverse(records.begin(), records.end());
  if (query.looked_at_max > 0 &&
      records.size() > static_cast<size_t>(query.looked_at_max)) {
    records.resize(query.looked_at_max);
  }
  return records;
}

absl::StatusOr<std::optional<StoredEvent>> FakeRoomStore::FindEvent(
    absl::string_view room_id, absl::string_view event_id) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  for (const Record& record : contents_.records) {
    if (record.room_id == room_id && record.event.has_value() &&
        record.event->event_id == event_id) {
      return StoredEvent{record.position, record.json()};
    }
  }
  return std::optional<StoredEvent>();
}

absl::StatusOr<std::optional<StoredEvent>> FakeRoomStore::FindEventInAnyRoom(
    absl::string_view event_id) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  for (const Record& record : contents_.records) {
    if (record.event.has_value() && record.event->event_id == event_id) {
      return StoredEvent{record.position, record.json()};
    }
  }
  return std::optional<StoredEvent>();
}

absl::StatusOr<std::map<int64_t, std::string>> FakeRoomStore::TxnIdsIn(
    absl::string_view scope, PositionRange positions) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::map<int64_t, std::string> txn_ids;
  for (const Sent& sent : contents_.sent) {
    if (sent.txn.scope == scope && Contains({positions}, sent.position)) {
      txn_ids[sent.position] = sent.txn.txn_id;
    }
  }
  return txn_ids;
}

absl::StatusOr<std::vector<MembershipChange>> FakeRoomStore::MembershipsOf(
    absl::string_view room_id, absl::string_view user_id) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::vector<MembershipChange> changes;
  for (const Record* record :
       EverAt(room_id, {kMemberType, std::string(user_id)})) {
    changes.push_back({.position = record->position,
                       .membership = ParseMembership(record->content_field)
                                         .value_or(Membership::kLeave),
                       .forgotten = record->forgotten});
  }
  return changes;
}

absl::StatusOr<std::vector<VisibilityChange>> FakeRoomStore::VisibilitiesOf(
    absl::string_view room_id) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::vector<VisibilityChange> changes;
  for (const Record* record : EverAt(room_id, {kHistoryVisibilityType, ""})) {
    changes.push_back(
        {record->position, ParseHistoryVisibility(record->content_field)});
  }
  return changes;
}

absl::StatusOr<std::vector<RoomOfUser>> FakeRoomStore::RoomsOf(
    absl::string_view user_id, int64_t position, int64_t since) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::set<std::string> room_ids;
  for (const Record& record : contents_.records) {
    room_ids.insert(record.room_id);
  }
  std::vector<RoomOfUser> rooms;
  for (const std::string& room_id : room_ids) {
    auto standing = StandingAt(room_id, position);
    auto found = standing.find({kMemberType, std::string(user_id)});
    if (found == standing.end()) continue;
    const bool has_news = std::any_of(
        contents_.records.begin(), contents_.records.end(),
        [&](const Record& record) {
          return record.room_id == room_id && record.event.has_value() &&
                 record.position > since && record.position <= position;
        });
    rooms.push_back({.room_id = room_id,
                     .membership = ParseMembership(found->second->content_field)
                                       .value_or(Membership::kLeave),
                     .position = found->second->position,
                     .has_news = has_news,
                     .forgotten = found->second->forgotten});
  }
  return rooms;
}

absl::StatusOr<std::optional<AliasEntry>> FakeRoomStore::FindAlias(
    const matrix::RoomAlias& alias) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  auto found = contents_.aliases.find(alias.str());
  if (found == contents_.aliases.end()) return std::optional<AliasEntry>();
  return std::optional<AliasEntry>(found->second);
}

absl::StatusOr<std::vector<std::string>> FakeRoomStore::AliasesOf(
    absl::string_view room_id) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::vector<std::string> aliases;
  for (const auto& [alias, entry] : contents_.aliases) {
    if (entry.room_id.str() == room_id) aliases.push_back(alias);
  }
  return aliases;
}

absl::StatusOr<std::vector<std::string>> FakeRoomStore::RoomIdsAfter(
    absl::string_view after, int limit) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::set<std::string> room_ids;
  for (const Record& record : contents_.records) {
    const bool makes_room =
        record.event.has_value() && record.event->type == kCreateType;
    if (makes_room && record.room_id > after) room_ids.insert(record.room_id);
  }
  std::vector<std::string> page(room_ids.begin(), room_ids.end());
  if (page.size() > static_cast<size_t>(limit)) page.resize(limit);
  return page;
}

absl::StatusOr<std::vector<RoomHistory::Touched>> FakeRoomStore::TouchedAfter(
    int64_t position, int limit) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  std::vector<Touched> touched;
  for (const Record& record : contents_.records) {
    if (record.position <= position ||
        touched.size() == static_cast<size_t>(limit)) {
      continue;
    }
    const bool is_member =
        record.event.has_value() && record.event->type == kMemberType;
    touched.push_back(
        {.position = record.position,
         .room_id = record.room_id,
         .member = is_member ? record.event->state_key.value_or("") : "",
         .is_join = is_member && record.content_field == "join"});
  }
  return touched;
}

absl::StatusOr<bool> FakeRoomStore::IsPublished(absl::string_view list,
                                                absl::string_view room_id) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  return contents_.published.contains(
      {std::string(list), std::string(room_id)});
}

std::vector<PublishedRoom> FakeRoomStore::AllPublished(
    const std::optional<std::string>& list) const {
  std::set<std::string> room_ids;
  for (const auto& [its_list, room_id] : contents_.published) {
    if (!list.has_value() || its_list == *list) room_ids.insert(room_id);
  }
  std::vector<PublishedRoom> rooms;
  for (const std::string& room_id : room_ids) {
    PublishedRoom room = {.room_id = room_id, .joined_count = 0, .state = {}};
    for (const auto& [key, record] : StandingAt(room_id, kPositionMax)) {
      if (key.type == kMemberType) {
        room.joined_count += record->content_field == "join" ? 1 : 0;
      } else if (record->json().size() <= kListedEventBytesMax) {
        absl::StatusOr<Event> event = ParseStoredEvent(record->json());
        if (event.ok()) room.state.Apply(*std::move(event));
      }
    }
    if (room.joined_count > 0) rooms.push_back(std::move(room));
  }
  return rooms;
}

absl::StatusOr<std::vector<PublishedRoom>> FakeRoomStore::List(
    const PublishedRoomsQuery& query) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  const auto comes_before = [](const auto& a, const auto& b) {
    return a.joined_count != b.joined_count ? a.joined_count > b.joined_count
                                            : a.room_id < b.room_id;
  };
  std::vector<PublishedRoom> rooms = AllPublished(query.list);
  std::sort(rooms.begin(), rooms.end(), comes_before);
  if (query.before.has_value()) {
    std::reverse(rooms.begin(), rooms.end());
    std::erase_if(rooms, [&](const PublishedRoom& room) {
      return !comes_before(room, *query.before);
    });
  } else if (query.after.has_value()) {
    std::erase_if(rooms, [&](const PublishedRoom& room) {
      return !comes_before(*query.after, room);
    });
  }
  if (rooms.size() > static_cast<size_t>(query.limit)) {
    rooms.resize(query.limit);
  }
  return rooms;
}

absl::StatusOr<int64_t> FakeRoomStore::Count(
    const std::optional<std::string>& list) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  return static_cast<int64_t>(AllPublished(list).size());
}

}  // namespace causeway::homeserver
