#include "services/homeserver/rooms/postgres_room_history.h"

#include <cstdint>
#include <pqxx/pqxx>
#include <utility>

#include "absl/strings/str_replace.h"
#include "services/homeserver/rooms/history_sql.h"
#include "services/homeserver/rooms/sql_rows.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;
using Strings = std::vector<std::string>;

StoredEvent EventFromRow(const pqxx::row& row) {
  return {.position = row[0].as<int64_t>(), .json = Text(row[1])};
}

std::vector<StoredEvent> EventsFromRows(const pqxx::result& rows) {
  std::vector<StoredEvent> events;
  events.reserve(rows.size());
  for (const pqxx::row& row : rows) events.push_back(EventFromRow(row));
  return events;
}

absl::StatusOr<std::vector<StoredEvent>> StateFromRows(const pqxx::result& rows,
                                                       size_t bytes_max) {
  std::vector<StoredEvent> events = EventsFromRows(rows);
  CAUSEWAY_RETURN_IF_ERROR(CheckStateBytes(events, bytes_max));
  return events;
}

std::optional<StoredEvent> EventFromRows(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return EventFromRow(rows[0]);
}

std::vector<std::string> TextsFromRows(const pqxx::result& rows) {
  std::vector<std::string> texts;
  texts.reserve(rows.size());
  for (const pqxx::row& row : rows) texts.push_back(Text(row[0]));
  return texts;
}

Membership MembershipFrom(const pqxx::field& field) {
  return ParseMembership(Text(field)).value_or(Membership::kLeave);
}

std::optional<std::string> OptionalName(std::optional<Membership> membership) {
  if (!membership.has_value()) return std::nullopt;
  return std::string(MembershipName(*membership));
}

bool LooksAtNothing(const EventQuery& query) {
  return query.ranges.empty() || query.limit <= 0 ||
         query.filter.takes_nothing() || !query.filter.TakesRoom(query.room_id);
}

// Patterns of filters as LIKE has them.
std::string LikePatterns(const std::vector<std::string>& patterns) {
  Json likes = Json::array();
  for (const std::string& pattern : patterns) {
    likes.push_back(absl::StrReplaceAll(
        pattern, {{"\\", "\\\\"}, {"%", "\\%"}, {"_", "\\_"}, {"*", "%"}}));
  }
  return matrix::DumpJson(likes);
}

}  // namespace

PostgresRoomHistory::PostgresRoomHistory(postgres::Pool& pool) : pool_(pool) {}

template <typename... Args>
absl::StatusOr<pqxx::result> PostgresRoomHistory::Select(const char* statement,
                                                         Args&&... args) {
  pqxx::result rows;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work) {
    rows = work.exec_prepared(statement, args...);
    return absl::OkStatus();
  }));
  return rows;
}

absl::StatusOr<int64_t> PostgresRoomHistory::LastPosition() {
  CAUSEWAY_ASSIGN_OR_RETURN(pqxx::result rows,
                            Select(history_sql::kLastPosition));
  return rows.empty() ? 0 : rows[0][0].as<int64_t>();
}

absl::StatusOr<std::vector<StoredEvent>> PostgresRoomHistory::StateAt(
    absl::string_view room_id, int64_t position, int64_t after,
    size_t bytes_max) {
  CAUSEWAY_ASSIGN_OR_RETURN(pqxx::result rows,
                            Select(history_sql::kStateAt, std::string(room_id),
                                   position, after, bytes_max));
  return StateFromRows(rows, bytes_max);
}

absl::StatusOr<std::optional<StoredEvent>> PostgresRoomHistory::StateEventAt(
    absl::string_view room_id, const StateKey& key, int64_t position) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      Select(history_sql::kStateEventAt, std::string(room_id), key.type,
             key.state_key, position));
  return EventFromRows(rows);
}

absl::StatusOr<std::vector<StoredEvent>>
PostgresRoomHistory::StateWithoutMembersAt(absl::string_view room_id,
                                           int64_t position, int64_t after,
                                           size_t bytes_max) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      Select(history_sql::kStateWithoutMembersAt, std::string(room_id),
             position, after, bytes_max));
  return StateFromRows(rows, bytes_max);
}

absl::StatusOr<std::vector<StoredEvent>> PostgresRoomHistory::StateEventsAt(
    absl::string_view room_id, const std::vector<StateKey>& keys,
    int64_t position, size_t bytes_max) {
  Json places = Json::array();
  for (const StateKey& key : keys) {
    places.push_back({{"type", key.type}, {"state_key", key.state_key}});
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      Select(history_sql::kStateEventsAt, std::string(room_id),
             matrix::DumpJson(places), position, bytes_max));
  return StateFromRows(rows, bytes_max);
}

absl::StatusOr<std::vector<std::string>> PostgresRoomHistory::HeroesAt(
    absl::string_view room_id, absl::string_view user_id, int64_t position,
    int limit) {
  CAUSEWAY_ASSIGN_OR_RETURN(pqxx::result rows,
                            Select(history_sql::kHeroesAt, std::string(room_id),
                                   std::string(user_id), position, limit));
  std::vector<std::string> heroes;
  for (const pqxx::row& row : rows) {
    // Those who are in the room come first, and then count alone.
    if (row[1].as<bool>() != rows[0][1].as<bool>()) break;
    heroes.push_back(Text(row[0]));
  }
  return heroes;
}

absl::StatusOr<std::vector<StoredMember>> PostgresRoomHistory::MembersAt(
    absl::string_view room_id, int64_t position, const MemberChoice& choice,
    size_t bytes_max) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows, Select(history_sql::kMembersAt, std::string(room_id),
                                position, OptionalName(choice.only),
                                OptionalName(choice.without), bytes_max));
  std::vector<StoredMember> members;
  members.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    members.push_back({.user_id = Text(row[0]),
                       .membership = MembershipFrom(row[1]),
                       .event_json = Text(row[2])});
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckMemberBytes(members, bytes_max));
  return members;
}

absl::StatusOr<MemberCounts> PostgresRoomHistory::CountMembersAt(
    absl::string_view room_id, int64_t position) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      Select(history_sql::kCountMembersAt, std::string(room_id), position));
  return MemberCounts{.joined = rows[0][0].as<int64_t>(),
                      .invited = rows[0][1].as<int64_t>()};
}

absl::StatusOr<MemberCounts> PostgresRoomHistory::MemberCountChange(
    absl::string_view room_id, int64_t after, int64_t position) {
  CAUSEWAY_ASSIGN_OR_RETURN(pqxx::result rows,
                            Select(history_sql::kMemberCountChange,
                                   std::string(room_id), after, position));
  return MemberCounts{.joined = rows[0][0].as<int64_t>(),
                      .invited = rows[0][1].as<int64_t>()};
}

absl::StatusOr<std::vector<StoredEvent>> PostgresRoomHistory::FindEvents(
    const EventQuery& query) {
  const EventFilter& filter = query.filter;
  if (LooksAtNothing(query)) return std::vector<StoredEvent>();
  Json ranges = Json::array();
  for (const PositionRange& range : query.ranges) {
    ranges.push_back({{"first", range.first}, {"last", range.last}});
  }
  const auto select = [&](const char* ascending, const char* descending,
                          const auto&... bound) {
    return Select(query.newest_first ? descending : ascending, query.room_id,
                  query.ranges.front().first, query.ranges.back().last,
                  matrix::DumpJson(ranges),
                  LikePatterns(filter.types.value_or(Strings())),
                  LikePatterns(filter.not_types), query.limit,
                  matrix::DumpJson(Json(filter.senders.value_or(Strings()))),
                  matrix::DumpJson(Json(filter.not_senders)),
                  filter.contains_url, query.bytes_max, bound...);
  };
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      query.looked_at_max > 0
          ? select(history_sql::kBoundedEventsAscending,
                   history_sql::kBoundedEventsDescending, query.looked_at_max)
          : select(history_sql::kEventsAscending,
                   history_sql::kEventsDescending));
  return EventsFromRows(rows);
}

absl::StatusOr<std::optional<int64_t>> PostgresRoomHistory::LookedUpTo(
    const EventQuery& query) {
  if (query.looked_at_max <= 0 || LooksAtNothing(query)) {
    return std::optional<int64_t>();
  }
  // Positions are dense: so few have no more events.
  if (query.ranges.back().last - query.ranges.front().first <
      query.looked_at_max - 1) {
    return std::optional<int64_t>();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      Select(query.newest_first ? history_sql::kLookedUpToDescending
                                : history_sql::kLookedUpToAscending,
             query.room_id, query.ranges.front().first,
             query.ranges.back().last, query.looked_at_max - 1));
  if (rows.empty()) return std::optional<int64_t>();
  return std::make_optional(rows[0][0].as<int64_t>());
}

absl::StatusOr<std::optional<StoredEvent>> PostgresRoomHistory::FindEvent(
    absl::string_view room_id, absl::string_view event_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows, Select(history_sql::kFindEvent, std::string(room_id),
                                std::string(event_id)));
  return EventFromRows(rows);
}

absl::StatusOr<std::optional<StoredEvent>>
PostgresRoomHistory::FindEventInAnyRoom(absl::string_view event_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      Select(history_sql::kFindEventInAnyRoom, std::string(event_id)));
  return EventFromRows(rows);
}

absl::StatusOr<std::map<int64_t, std::string>> PostgresRoomHistory::TxnIdsIn(
    absl::string_view scope, PositionRange positions) {
  CAUSEWAY_ASSIGN_OR_RETURN(pqxx::result rows,
                            Select(history_sql::kTxnIdsIn, std::string(scope),
                                   positions.first, positions.last));
  std::map<int64_t, std::string> txn_ids;
  for (const pqxx::row& row : rows) {
    txn_ids[row[0].as<int64_t>()] = Text(row[1]);
  }
  return txn_ids;
}

absl::StatusOr<std::vector<MembershipChange>>
PostgresRoomHistory::MembershipsOf(absl::string_view room_id,
                                   absl::string_view user_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(pqxx::result rows,
                            Select(history_sql::kMembershipsOf,
                                   std::string(room_id), std::string(user_id)));
  std::vector<MembershipChange> changes;
  for (const pqxx::row& row : rows) {
    changes.push_back({.position = row[0].as<int64_t>(),
                       .membership = MembershipFrom(row[1]),
                       .forgotten = row[2].as<bool>()});
  }
  return changes;
}

absl::StatusOr<std::vector<VisibilityChange>>
PostgresRoomHistory::VisibilitiesOf(absl::string_view room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      Select(history_sql::kVisibilitiesOf, std::string(room_id)));
  std::vector<VisibilityChange> changes;
  for (const pqxx::row& row : rows) {
    changes.push_back({.position = row[0].as<int64_t>(),
                       .visibility = ParseHistoryVisibility(Text(row[1]))});
  }
  return changes;
}

absl::StatusOr<std::vector<RoomOfUser>> PostgresRoomHistory::RoomsOf(
    absl::string_view user_id, int64_t position, int64_t since) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      Select(history_sql::kRoomsOf, std::string(user_id), position, since));
  std::vector<RoomOfUser> rooms;
  rooms.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    rooms.push_back({.room_id = Text(row[0]),
                     .membership = MembershipFrom(row[1]),
                     .position = row[2].as<int64_t>(),
                     .has_news = row[3].as<bool>(),
                     .forgotten = row[4].as<bool>()});
  }
  return rooms;
}

absl::StatusOr<std::optional<AliasEntry>> PostgresRoomHistory::FindAlias(
    const matrix::RoomAlias& alias) {
  CAUSEWAY_ASSIGN_OR_RETURN(pqxx::result rows,
                            Select(history_sql::kFindAlias, alias.str()));
  return AliasFromRows(alias, rows);
}

absl::StatusOr<std::vector<std::string>> PostgresRoomHistory::AliasesOf(
    absl::string_view room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows, Select(history_sql::kAliasesOf, std::string(room_id)));
  return TextsFromRows(rows);
}

absl::StatusOr<std::vector<std::string>> PostgresRoomHistory::RoomIdsAfter(
    absl::string_view after, int limit) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows,
      Select(history_sql::kRoomIdsAfter, std::string(after), limit));
  return TextsFromRows(rows);
}

absl::StatusOr<std::vector<RoomHistory::Touched>>
PostgresRoomHistory::TouchedAfter(int64_t position, int limit) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      pqxx::result rows, Select(history_sql::kTouchedAfter, position, limit));
  std::vector<Touched> touched;
  touched.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    touched.push_back({.position = row[0].as<int64_t>(),
                       .room_id = Text(row[1]),
                       .member = Text(row[2]),
                       .is_join = row[3].as<bool>()});
  }
  return touched;
}

}  // namespace causeway::homeserver
