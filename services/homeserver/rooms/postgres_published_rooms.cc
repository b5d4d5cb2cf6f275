#include "services/homeserver/rooms/postgres_published_rooms.h"

#include <map>
#include <pqxx/pqxx>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/sql_rows.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr char kIsPublished[] =
    "SELECT 1 FROM published_rooms WHERE list = $1 AND room_id = $2";

// Of rooms that somebody is in. Migration 0062 keeps the counts.
constexpr char kCount[] = R"sql(
  SELECT count(DISTINCT room_id) FROM published_rooms
  WHERE joined_count > 0 AND ($1::text IS NULL OR list = $1))sql";

// Without its end: from where, which way, how many.
constexpr char kListed[] = R"sql(
  SELECT room_id, joined_count FROM published_rooms
  WHERE joined_count > 0 AND ($1::text IS NULL OR list = $1))sql";

// A room has the same count in each list.
constexpr char kAfter[] = R"sql(
  AND ($2::bigint IS NULL OR joined_count < $2
    OR (joined_count = $2 AND room_id > $3 COLLATE "C"))
  GROUP BY room_id, joined_count
  ORDER BY joined_count DESC, room_id COLLATE "C" LIMIT $4)sql";

constexpr char kBefore[] = R"sql(
  AND (joined_count > $2
    OR (joined_count = $2 AND room_id < $3 COLLATE "C"))
  GROUP BY room_id, joined_count
  ORDER BY joined_count, room_id COLLATE "C" DESC LIMIT $4)sql";

constexpr char kDescribe[] = R"sql(
  SELECT coalesce(served_json, event_json)
  FROM json_array_elements_text($1::json) AS room(id)
  JOIN room_state AS state
    ON state.room_id = room.id AND state.state_key = ''
    AND state.replaced_position IS NULL
    AND state.type IN ('m.room.create', 'm.room.name', 'm.room.topic',
      'm.room.avatar', 'm.room.canonical_alias', 'm.room.join_rules',
      'm.room.history_visibility', 'm.room.guest_access')
  JOIN stream USING (position)
  WHERE octet_length(coalesce(served_json, event_json)) <= $2)sql";

// Fills in the state of `rooms`.
absl::Status Describe(pqxx::work& work, std::vector<PublishedRoom>& rooms) {
  matrix::Json room_ids = matrix::Json::array();
  std::map<std::string, PublishedRoom*> by_id;
  for (PublishedRoom& room : rooms) {
    room_ids.push_back(room.room_id);
    by_id[room.room_id] = &room;
  }
  for (const pqxx::row& row : work.exec_params(
           kDescribe, matrix::DumpJson(room_ids), kListedEventBytesMax)) {
    CAUSEWAY_ASSIGN_OR_RETURN(Event event, ParseStoredEvent(Text(row[0])));
    RoomState& state = by_id.at(event.room_id)->state;
    state.Apply(std::move(event));
  }
  return absl::OkStatus();
}

}  // namespace

PostgresPublishedRooms::PostgresPublishedRooms(postgres::Pool& pool)
    : pool_(pool) {}

absl::StatusOr<bool> PostgresPublishedRooms::IsPublished(
    absl::string_view list, absl::string_view room_id) {
  bool published = false;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work) {
    published =
        !work.exec_params(kIsPublished, std::string(list), std::string(room_id))
             .empty();
    return absl::OkStatus();
  }));
  return published;
}

absl::StatusOr<std::vector<PublishedRoom>> PostgresPublishedRooms::List(
    const PublishedRoomsQuery& query) {
  const bool is_backwards = query.before.has_value();
  const std::string sql =
      absl::StrCat(kListed, is_backwards ? kBefore : kAfter);
  std::optional<int64_t> joined_count;
  std::optional<std::string> room_id;
  if (const auto& place = is_backwards ? query.before : query.after) {
    joined_count = place->joined_count;
    room_id = place->room_id;
  }
  std::vector<PublishedRoom> rooms;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    for (const pqxx::row& row : work.exec_params(sql, query.list, joined_count,
                                                 room_id, query.limit)) {
      rooms.push_back({.room_id = Text(row[0]),
                       .joined_count = row[1].as<int64_t>(),
                       .state = {}});
    }
    return Describe(work, rooms);
  }));
  return rooms;
}

absl::StatusOr<int64_t> PostgresPublishedRooms::Count(
    const std::optional<std::string>& list) {
  int64_t count = 0;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work) {
    count = work.exec_params1(kCount, list)[0].as<int64_t>();
    return absl::OkStatus();
  }));
  return count;
}

}  // namespace causeway::homeserver
