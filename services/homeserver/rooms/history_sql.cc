#include "services/homeserver/rooms/history_sql.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

// A row of room_state stands from its position until just before the one that
// takes its place; "stands at P" is always written
//   position <= P AND (replaced_position IS NULL OR replaced_position > P).
// An event is read as coalesce(served_json, event_json): see migration 0010.
// PostgreSQL looks into no JSON with a U+0000 anywhere; where it has to, that
// is another character to it, which changes nothing of what is looked for.
namespace causeway::homeserver::history_sql {
namespace {

// Of the events that `found` selects (json, and what else `columns` names), in
// this order, those that fit into the bytes of the parameter `bytes`, and one
// more if there are more. Sizes are known without reading what has them.
std::string UpToBytes(absl::string_view found, absl::string_view bytes,
                      absl::string_view order = "position",
                      absl::string_view columns = "position, json") {
  return absl::StrCat(
      "SELECT ", columns,
      " FROM (SELECT *,"
      "  coalesce(sum(octet_length(json)) OVER (ORDER BY ",
      order,
      "    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before"
      " FROM (",
      found, ") AS found) AS summed WHERE before <= ", bytes, " ORDER BY ",
      order);
}

constexpr char kStateAtSql[] = R"sql(
  SELECT position, coalesce(served_json, event_json) AS json
  FROM room_state AS state JOIN stream USING (position)
  WHERE state.room_id = $1 AND position <= $2
    AND (replaced_position IS NULL OR replaced_position > $2)
    AND position > $3)sql";

constexpr char kStateWithoutMembersAtSql[] = R"sql(
  SELECT position, coalesce(served_json, event_json) AS json
  FROM room_state AS state JOIN stream USING (position)
  WHERE state.room_id = $1 AND state.type <> 'm.room.member'
    AND position <= $2
    AND (replaced_position IS NULL OR replaced_position > $2)
    AND position > $3)sql";

constexpr char kStateEventAtSql[] = R"sql(
  SELECT position, coalesce(served_json, event_json)
  FROM room_state AS state JOIN stream USING (position)
  WHERE state.room_id = $1 AND state.type = $2 AND state.state_key = $3
    AND position <= $4
    AND (replaced_position IS NULL OR replaced_position > $4))sql";

constexpr char kStateEventsAtSql[] = R"sql(
  SELECT position, coalesce(served_json, event_json) AS json
  FROM json_to_recordset($2::json) AS place(type text, state_key text)
  JOIN room_state AS state
    ON state.room_id = $1 AND state.type = place.type
    AND state.state_key = place.state_key AND state.position <= $3
    AND (replaced_position IS NULL OR replaced_position > $3)
  JOIN stream USING (position))sql";

constexpr char kHeroesAtSql[] = R"sql(
  SELECT state_key, membership IN ('join', 'invite') AS is_in
  FROM room_state
  WHERE room_id = $1 AND type = 'm.room.member' AND state_key <> $2
    AND position <= $3
    AND (replaced_position IS NULL OR replaced_position > $3)
    AND membership IN ('join', 'invite', 'leave', 'ban')
  ORDER BY is_in DESC, position LIMIT $4)sql";

constexpr char kMembersAtSql[] = R"sql(
  SELECT state.state_key, state.membership,
    coalesce(served_json, event_json) AS json
  FROM room_state AS state JOIN stream USING (position)
  WHERE state.room_id = $1 AND state.type = 'm.room.member'
    AND position <= $2
    AND (replaced_position IS NULL OR replaced_position > $2)
    AND ($3::text IS NULL OR membership = $3)
    AND ($4::text IS NULL OR membership <> $4))sql";

constexpr char kCountMembersAtSql[] = R"sql(
  SELECT count(*) FILTER (WHERE membership = 'join'),
    count(*) FILTER (WHERE membership = 'invite')
  FROM room_state
  WHERE room_id = $1 AND type = 'm.room.member' AND position <= $2
    AND (replaced_position IS NULL OR replaced_position > $2))sql";

// Each change takes one row away and brings another.
constexpr char kMemberCountChangeSql[] = R"sql(
  SELECT count(*) FILTER (WHERE new.membership = 'join')
      - count(*) FILTER (WHERE old.membership = 'join'),
    count(*) FILTER (WHERE new.membership = 'invite')
      - count(*) FILTER (WHERE old.membership = 'invite')
  FROM stream AS event
  JOIN room_state AS new
    ON new.room_id = event.room_id AND new.type = event.type
    AND new.state_key = event.state_key AND new.position = event.position
  LEFT JOIN room_state AS old
    ON old.room_id = event.room_id AND old.type = event.type
    AND old.state_key = event.state_key
    AND old.replaced_position = event.position
  WHERE event.room_id = $1 AND event.type = 'm.room.member'
    AND event.position > $2 AND event.position <= $3)sql";

// Where events are looked for: in all of the room between two positions, or in
// as many of them as may be looked at (in which `stream` has their names
// again).
constexpr char kWindowSql[] = R"sql(
  FROM stream
  WHERE room_id = $1 AND kind = 'event' AND position BETWEEN $2 AND $3)sql";

// Without its end: the direction and the limit.
constexpr char kTakenSql[] = R"sql(
    AND EXISTS (
      SELECT FROM json_to_recordset($4::json) AS range(first bigint, last bigint)
      WHERE stream.position BETWEEN range.first AND range.last)
    AND ($5::text = '[]'
      OR type LIKE ANY (ARRAY(SELECT json_array_elements_text($5::json))))
    AND NOT type LIKE ANY (ARRAY(SELECT json_array_elements_text($6::json)))
    AND ($8::text = '[]'
      OR replace(event_json, '\u0000', '\u0001')::json->>'sender'
        = ANY (ARRAY(SELECT json_array_elements_text($8::json))))
    AND ($9::text = '[]'
      OR NOT replace(event_json, '\u0000', '\u0001')::json->>'sender'
        = ANY (ARRAY(SELECT json_array_elements_text($9::json))))
    AND ($10::boolean IS NULL OR $10 = coalesce(json_typeof(
      replace(coalesce(served_json, event_json), '\u0000', '\u0001')::json
        #> '{content,url}') = 'string', false))
  ORDER BY position)sql";

std::string EventsSql(absl::string_view direction) {
  return UpToBytes(
      absl::StrCat("SELECT position, coalesce(served_json, event_json) AS json",
                   kWindowSql, kTakenSql, direction, " LIMIT $7"),
      "$11", absl::StrCat("position", direction));
}

std::string BoundedEventsSql(absl::string_view direction) {
  return UpToBytes(
      absl::StrCat("SELECT position, coalesce(served_json, event_json) AS json"
                   " FROM (SELECT *",
                   kWindowSql, " ORDER BY position", direction,
                   " LIMIT $12) AS stream WHERE true", kTakenSql, direction,
                   " LIMIT $7"),
      "$11", absl::StrCat("position", direction));
}

std::string LookedUpToSql(absl::string_view direction) {
  return absl::StrCat("SELECT position", kWindowSql, " ORDER BY position",
                      direction, " OFFSET $4 LIMIT 1");
}

constexpr char kFindEventSql[] = R"sql(
  SELECT position, coalesce(served_json, event_json) FROM stream
  WHERE event_id = $2 AND room_id = $1)sql";

constexpr char kFindEventInAnyRoomSql[] = R"sql(
  SELECT position, coalesce(served_json, event_json) FROM stream
  WHERE event_id = $1)sql";

constexpr char kTxnIdsInSql[] = R"sql(
  SELECT position, txn_id FROM sent_events
  WHERE scope = $1 AND position BETWEEN $2 AND $3)sql";

constexpr char kMembershipsOfSql[] = R"sql(
  SELECT position, membership, forgotten FROM room_state
  WHERE room_id = $1 AND type = 'm.room.member' AND state_key = $2
  ORDER BY position)sql";

// The word alone: a room has as many of these events as somebody likes.
constexpr char kVisibilitiesOfSql[] = R"sql(
  SELECT position,
    replace(coalesce(served_json, event_json), '\u0000', '\u0001')::json
      #>> '{content,history_visibility}'
  FROM room_state AS state JOIN stream USING (position)
  WHERE state.room_id = $1 AND state.type = 'm.room.history_visibility'
    AND state.state_key = ''
  ORDER BY position)sql";

constexpr char kRoomsOfSql[] = R"sql(
  SELECT room_id, membership, position, EXISTS (
    SELECT FROM stream
    WHERE stream.room_id = state.room_id AND stream.kind = 'event'
      AND stream.position > $3 AND stream.position <= $2), forgotten
  FROM room_state AS state
  WHERE type = 'm.room.member' AND state_key = $1 AND position <= $2
    AND (replaced_position IS NULL OR replaced_position > $2)
  ORDER BY room_id)sql";

constexpr char kFindAliasSql[] = R"sql(
  SELECT room_id, creator FROM room_aliases WHERE room_alias = $1)sql";

constexpr char kAliasesOfSql[] = R"sql(
  SELECT room_alias FROM room_aliases WHERE room_id = $1
  ORDER BY room_alias COLLATE "C")sql";

constexpr char kRoomIdsAfterSql[] = R"sql(
  SELECT room_id FROM room_state
  WHERE type = 'm.room.create' AND state_key = '' AND room_id > $1 COLLATE "C"
  ORDER BY room_id COLLATE "C" LIMIT $2)sql";

constexpr char kTouchedAfterSql[] = R"sql(
  SELECT position, room_id,
    CASE WHEN type = 'm.room.member' THEN coalesce(state_key, '') ELSE '' END,
    CASE WHEN type = 'm.room.member' THEN EXISTS (
      SELECT FROM room_state AS state
      WHERE state.room_id = stream.room_id AND state.type = stream.type
        AND state.state_key = stream.state_key
        AND state.position = stream.position AND state.membership = 'join')
    ELSE false END
  FROM stream WHERE position > $1 ORDER BY position LIMIT $2)sql";

}  // namespace

std::vector<postgres::PreparedStatement> Statements() {
  return {
      {kLastPosition, "SELECT position FROM stream_head"},
      {kStateAt, UpToBytes(kStateAtSql, "$4")},
      {kStateWithoutMembersAt, UpToBytes(kStateWithoutMembersAtSql, "$4")},
      {kStateEventAt, kStateEventAtSql},
      {kStateEventsAt, UpToBytes(kStateEventsAtSql, "$4")},
      {kHeroesAt, kHeroesAtSql},
      {kMembersAt, UpToBytes(kMembersAtSql, "$5", R"(state_key COLLATE "C")",
                             "state_key, membership, json")},
      {kCountMembersAt, kCountMembersAtSql},
      {kMemberCountChange, kMemberCountChangeSql},
      {kEventsAscending, EventsSql("")},
      {kEventsDescending, EventsSql(" DESC")},
      {kBoundedEventsAscending, BoundedEventsSql("")},
      {kBoundedEventsDescending, BoundedEventsSql(" DESC")},
      {kLookedUpToAscending, LookedUpToSql("")},
      {kLookedUpToDescending, LookedUpToSql(" DESC")},
      {kFindEvent, kFindEventSql},
      {kFindEventInAnyRoom, kFindEventInAnyRoomSql},
      {kTxnIdsIn, kTxnIdsInSql},
      {kMembershipsOf, kMembershipsOfSql},
      {kVisibilitiesOf, kVisibilitiesOfSql},
      {kRoomsOf, kRoomsOfSql},
      {kFindAlias, kFindAliasSql},
      {kAliasesOf, kAliasesOfSql},
      {kRoomIdsAfter, kRoomIdsAfterSql},
      {kTouchedAfter, kTouchedAfterSql},
  };
}

}  // namespace causeway::homeserver::history_sql
