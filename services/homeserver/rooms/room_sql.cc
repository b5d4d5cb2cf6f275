#include "services/homeserver/rooms/room_sql.h"

namespace causeway::homeserver::room_sql {
namespace {

// LIMIT makes it one look-up each, whatever the tables' statistics: a join
// would be planned as a walk through the whole table while that is small.
constexpr char kLoadStateSql[] = R"sql(
  SELECT standing.json
  FROM json_to_recordset($1::json) AS place(room_id text, type text,
    state_key text),
  LATERAL (
    SELECT coalesce(stream.served_json, stream.event_json) AS json
    FROM room_state AS state
    JOIN stream ON stream.position = state.position
    WHERE state.room_id = place.room_id AND state.type = place.type
      AND state.state_key = place.state_key AND state.replaced_position IS NULL
    LIMIT 1) AS standing)sql";

constexpr char kFindEventSql[] = R"sql(
  SELECT coalesce(found.served_json, found.event_json),
    coalesce(replacing.served_json, replacing.event_json, '')
  FROM stream AS found
  LEFT JOIN room_state AS state
    ON state.room_id = found.room_id AND state.type = found.type
    AND state.state_key = found.state_key AND state.position = found.position
  LEFT JOIN stream AS replacing
    ON replacing.position = state.replaced_position
  WHERE found.event_id = $2 AND found.room_id = $1)sql";

constexpr char kForgetSql[] = R"sql(
  UPDATE room_state SET forgotten = true
  WHERE room_id = $1 AND type = 'm.room.member' AND state_key = $2
    AND replaced_position IS NULL)sql";

constexpr char kPublishSql[] = R"sql(
  INSERT INTO published_rooms (list, room_id) VALUES ($1, $2)
  ON CONFLICT DO NOTHING)sql";

// One look-up each, as above.
constexpr char kFindSentSql[] = R"sql(
  SELECT scope, room_id, type, txn_id, (
    SELECT stream.event_id
    FROM sent_events AS sent JOIN stream USING (position)
    WHERE sent.scope = asked.scope AND sent.room_id = asked.room_id
      AND sent.type = asked.type AND sent.txn_id = asked.txn_id)
  FROM json_to_recordset($1::json) AS asked(scope text, room_id text, type text,
    txn_id text))sql";

constexpr char kRememberSentSql[] = R"sql(
  INSERT INTO sent_events (scope, room_id, type, txn_id, position)
  SELECT scope, room_id, type, txn_id, position
  FROM json_to_recordset($1::json) AS sent(scope text, room_id text, type text,
    txn_id text, position bigint))sql";

constexpr char kAppendSql[] = R"sql(
  INSERT INTO stream (position, kind, room_id, event_id, type, state_key,
    event_json, room_alias, prefix_sha256)
  SELECT position, kind, room_id, event_id, type, state_key, event_json,
    room_alias, decode(prefix_sha256_hex, 'hex')
  FROM json_to_recordset($1::json) AS record(position bigint, kind text,
    room_id text, event_id text, type text, state_key text, event_json text,
    room_alias text, prefix_sha256_hex text))sql";

// One look-up each, as above. Not an UPDATE, whose join couldn't be kept from a
// walk: what is inserted is there, so it always conflicts.
constexpr char kEndStateSql[] = R"sql(
  INSERT INTO room_state (room_id, type, state_key, position,
    replaced_position)
  SELECT place.room_id, place.type, place.state_key, standing.position,
    place.position
  FROM json_to_recordset($1::json) AS place(room_id text, type text,
    state_key text, position bigint),
  LATERAL (
    SELECT state.position FROM room_state AS state
    WHERE state.room_id = place.room_id AND state.type = place.type
      AND state.state_key = place.state_key AND state.replaced_position IS NULL
    LIMIT 1) AS standing
  ON CONFLICT (room_id, type, state_key, position)
    DO UPDATE SET replaced_position = excluded.replaced_position)sql";

constexpr char kBeginStateSql[] = R"sql(
  INSERT INTO room_state (room_id, type, state_key, position,
    replaced_position, membership)
  SELECT room_id, type, state_key, position, replaced_position, membership
  FROM json_to_recordset($1::json) AS state(room_id text, type text,
    state_key text, position bigint, replaced_position bigint,
    membership text))sql";

}  // namespace

std::vector<postgres::PreparedStatement> Statements() {
  return {
      {kLockHead, "SELECT position, prefix_sha256 FROM stream_head FOR UPDATE"},
      {kMoveHead, "UPDATE stream_head SET position = $1, prefix_sha256 = $2"},
      {kLoadState, kLoadStateSql},
      {kFindAlias,
       "SELECT room_id, creator FROM room_aliases WHERE room_alias = $1"},
      {kAddAlias,
       "INSERT INTO room_aliases (room_alias, room_id, creator)"
       " VALUES ($1, $2, $3)"},
      {kRemoveAlias, "DELETE FROM room_aliases WHERE room_alias = $1"},
      {kFindEvent, kFindEventSql},
      {kServeAs, "UPDATE stream SET served_json = $2 WHERE event_id = $1"},
      {kForget, kForgetSql},
      {kPublish, kPublishSql},
      {kUnpublish,
       "DELETE FROM published_rooms WHERE list = $1 AND room_id = $2"},
      {kFindSent, kFindSentSql},
      {kRememberSent, kRememberSentSql},
      {kAppend, kAppendSql},
      {kEndState, kEndStateSql},
      {kBeginState, kBeginStateSql},
  };
}

}  // namespace causeway::homeserver::room_sql
