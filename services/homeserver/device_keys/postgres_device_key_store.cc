#include "services/homeserver/device_keys/postgres_device_key_store.h"

#include <cstddef>
#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "services/homeserver/updates/update_head.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

// A trigger on the table notes the change of the user's list of devices.
constexpr char kPutDeviceKeys[] =
    "INSERT INTO device_keys AS old (user_id, device_id, keys_json)"
    " VALUES ($1, $2, $3) ON CONFLICT (user_id, device_id) DO UPDATE"
    " SET keys_json = excluded.keys_json"
    " WHERE old.keys_json <> excluded.keys_json";

constexpr char kOtherKeyHasId[] =
    "SELECT 1 FROM json_to_recordset($3::json)"
    "   AS new(algorithm text, key_id text, json text)"
    " JOIN one_time_keys AS old ON old.user_id = $1 AND old.device_id = $2"
    "   AND old.algorithm = new.algorithm AND old.key_id = new.key_id"
    " WHERE old.key_json <> new.json LIMIT 1";

constexpr char kAddOneTimeKeys[] =
    "INSERT INTO one_time_keys (user_id, device_id, algorithm, key_id,"
    "  key_json)"
    " SELECT $1, $2, algorithm, key_id, json FROM json_to_recordset($3::json)"
    "   AS new(number int, algorithm text, key_id text, json text)"
    " ORDER BY number ON CONFLICT DO NOTHING";

constexpr char kPutFallbackKey[] =
    "INSERT INTO fallback_keys (user_id, device_id, algorithm, key_id,"
    "  key_json) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (user_id, device_id, algorithm) DO UPDATE"
    " SET key_id = excluded.key_id, key_json = excluded.key_json,"
    "  is_used = false";

constexpr char kCount[] =
    "SELECT algorithm, count(*) FROM one_time_keys"
    " WHERE user_id = $1 AND device_id = $2 GROUP BY algorithm";

constexpr char kNoteCount[] =
    "INSERT INTO key_counts (user_id, device_id, position) VALUES ($1, $2, $3)"
    " ON CONFLICT (user_id, device_id) DO UPDATE"
    " SET position = excluded.position";

constexpr char kCountBytes[] =
    "SELECT coalesce(sum(octet_length(keys_json)), 0) FROM device_keys"
    " WHERE user_id = ANY (ARRAY(SELECT json_array_elements_text($1::json)))";

constexpr char kFind[] =
    "SELECT user_id, device_id, display_name, keys_json"
    " FROM device_keys JOIN devices USING (user_id, device_id)"
    " WHERE user_id = ANY (ARRAY(SELECT json_array_elements_text($1::json)))"
    " ORDER BY user_id COLLATE \"C\", device_id COLLATE \"C\"";

// First, as whoever ends the device or adds keys to it does, so that they
// wait for each other here and nowhere later.
constexpr char kHoldDevice[] =
    "SELECT 1 FROM devices WHERE user_id = $1 AND device_id = $2 FOR SHARE";

// Claims that come together get different keys.
constexpr char kTakeOneTimeKey[] =
    "DELETE FROM one_time_keys WHERE number = ("
    "  SELECT number FROM one_time_keys"
    "  WHERE user_id = $1 AND device_id = $2 AND algorithm = $3"
    "  ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " AND user_id = $1 AND device_id = $2 AND algorithm = $3"
    " RETURNING key_id, key_json";

constexpr char kFindFallbackKey[] =
    "SELECT key_id, key_json, is_used FROM fallback_keys"
    " WHERE user_id = $1 AND device_id = $2 AND algorithm = $3";

constexpr char kUseFallbackKey[] =
    "UPDATE fallback_keys SET is_used = true"
    " WHERE user_id = $1 AND device_id = $2 AND algorithm = $3"
    "  AND key_id = $4";

constexpr char kUnusedFallbacks[] =
    "SELECT algorithm FROM fallback_keys WHERE user_id = $1 AND device_id = $2"
    "  AND NOT is_used ORDER BY algorithm";

// First who changed keys, then who came into a room of the user's, then those
// in a room that the user came into. Gone is who left a room of the user's
// while the user was there, and who was in one with the user, in the window,
// that the user left; unless they still share another.
constexpr char kListChanges[] = R"sql(
  WITH own AS (
    SELECT room_id, position FROM room_state
    WHERE type = 'm.room.member' AND state_key = $1 AND membership = 'join'
      AND replaced_position IS NULL),
  event AS (
    SELECT stream.room_id, type, state_key, stream.position
    FROM own JOIN stream USING (room_id)
    WHERE stream.position > $4 AND stream.position <= $5
      AND type = 'm.room.member'),
  gone AS (
    SELECT event.state_key AS user_id
    FROM event JOIN room_state AS old
      ON old.room_id = event.room_id AND old.type = event.type
      AND old.state_key = event.state_key
      AND old.replaced_position = event.position AND old.membership = 'join'
    WHERE EXISTS (
      SELECT FROM room_state AS mine
      WHERE mine.room_id = event.room_id AND mine.type = 'm.room.member'
        AND mine.state_key = $1 AND mine.membership = 'join'
        AND mine.position < event.position
        AND (mine.replaced_position IS NULL
          OR mine.replaced_position > event.position))
    UNION
    SELECT theirs.state_key
    FROM room_state AS old JOIN room_state AS theirs
      ON theirs.room_id = old.room_id AND theirs.type = 'm.room.member'
      AND theirs.membership = 'join'
      AND theirs.position < old.replaced_position
      AND (theirs.replaced_position IS NULL
        OR theirs.replaced_position > greatest($4, old.position))
    WHERE old.type = 'm.room.member' AND old.state_key = $1
      AND old.membership = 'join' AND old.replaced_position > $4
      AND old.replaced_position <= $5)
  SELECT user_id, is_gone FROM (
  SELECT user_id, false AS is_gone FROM (
    SELECT list.user_id FROM device_lists AS list
    WHERE list.position > $2 AND list.position <= $3
      AND (list.user_id = $1 OR EXISTS (
        SELECT FROM own JOIN room_state AS theirs USING (room_id)
        WHERE theirs.type = 'm.room.member'
          AND theirs.state_key = list.user_id
          AND theirs.membership = 'join'
          AND theirs.replaced_position IS NULL))
    UNION
    SELECT list.user_id
    FROM event JOIN room_state AS theirs
      ON theirs.room_id = event.room_id AND theirs.type = event.type
      AND theirs.state_key = event.state_key
      AND theirs.position = event.position AND theirs.membership = 'join'
    JOIN device_lists AS list ON list.user_id = event.state_key
    UNION
    SELECT list.user_id
    FROM own JOIN room_state AS theirs
      ON theirs.room_id = own.room_id AND theirs.type = 'm.room.member'
      AND theirs.membership = 'join' AND theirs.replaced_position IS NULL
    JOIN device_lists AS list ON list.user_id = theirs.state_key
    WHERE own.position > $4 AND own.position <= $5) AS changed
  UNION ALL
  SELECT user_id, true FROM gone JOIN device_lists USING (user_id)
  WHERE user_id <> $1 AND NOT EXISTS (
    SELECT FROM own JOIN room_state AS theirs USING (room_id)
    WHERE theirs.type = 'm.room.member' AND theirs.state_key = user_id
      AND theirs.membership = 'join' AND theirs.replaced_position IS NULL)
  ) AS told
  ORDER BY user_id COLLATE "C")sql";

Json ToJson(const std::vector<ClaimableKey>& keys) {
  Json json = Json::array();
  for (const ClaimableKey& key : keys) {
    json.push_back({{"number", json.size()},
                    {"algorithm", key.algorithm},
                    {"key_id", key.key_id},
                    {"json", key.json}});
  }
  return json;
}

KeyCounts Count(pqxx::transaction_base& work, const std::string& user_id,
                const std::string& device_id) {
  KeyCounts counts;
  for (const pqxx::row& row : work.exec_params(kCount, user_id, device_id)) {
    counts[row[0].as<std::string>()] = row[1].as<int64_t>();
  }
  return counts;
}

absl::Status PutOneTimeKeys(pqxx::work& work, const std::string& user_id,
                            const std::string& device_id,
                            const std::vector<ClaimableKey>& keys) {
  const std::string json = matrix::DumpJson(ToJson(keys));
  if (!work.exec_params(kOtherKeyHasId, user_id, device_id, json).empty()) {
    return absl::AlreadyExistsError("another key has that ID");
  }
  work.exec_params0(kAddOneTimeKeys, user_id, device_id, json);
  return absl::OkStatus();
}

absl::Status PutFallbackKeys(pqxx::work& work, const std::string& user_id,
                             const std::string& device_id,
                             const std::vector<ClaimableKey>& keys) {
  for (const ClaimableKey& key : keys) {
    work.exec_params0(kPutFallbackKey, user_id, device_id, key.algorithm,
                      key.key_id, key.json);
  }
  const pqxx::row kept = work.exec_params1(
      "SELECT count(*) FROM fallback_keys"
      " WHERE user_id = $1 AND device_id = $2",
      user_id, device_id);
  if (kept[0].as<size_t>() > kFallbackKeysPerDeviceMax) {
    return absl::ResourceExhaustedError("too many fallback keys");
  }
  return absl::OkStatus();
}

std::optional<ClaimableKey> Take(pqxx::work& work, const KeyClaim& claim,
                                 bool& left_changed) {
  if (work.exec_params(kHoldDevice, claim.user_id, claim.device_id).empty()) {
    return std::nullopt;
  }
  const pqxx::result taken = work.exec_params(kTakeOneTimeKey, claim.user_id,
                                              claim.device_id, claim.algorithm);
  if (!taken.empty()) {
    left_changed = true;
    return ClaimableKey{claim.algorithm, taken[0][0].as<std::string>(),
                        taken[0][1].as<std::string>()};
  }
  const pqxx::result fallback = work.exec_params(
      kFindFallbackKey, claim.user_id, claim.device_id, claim.algorithm);
  if (fallback.empty()) return std::nullopt;
  const std::string key_id = fallback[0][0].as<std::string>();
  if (!fallback[0][2].as<bool>()) {
    left_changed = true;
    work.exec_params0(kUseFallbackKey, claim.user_id, claim.device_id,
                      claim.algorithm, key_id);
  }
  return ClaimableKey{claim.algorithm, key_id,
                      fallback[0][1].as<std::string>()};
}

}  // namespace

PostgresDeviceKeyStore::PostgresDeviceKeyStore(postgres::Pool& pool,
                                               std::function<void()> committed)
    : pool_(pool), committed_(std::move(committed)) {}

absl::StatusOr<KeyCounts> PostgresDeviceKeyStore::Put(
    const matrix::UserId& user_id, absl::string_view device_id,
    const DeviceKeysUpload& upload) {
  const std::string& user = user_id.str();
  const std::string device(device_id);
  KeyCounts counts;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    // The row's lock lets one upload of a device happen at a time.
    if (work.exec_params("SELECT 1 FROM devices WHERE user_id = $1"
                         " AND device_id = $2 FOR NO KEY UPDATE",
                         user, device)
            .empty()) {
      return absl::NotFoundError("no such device");
    }
    CAUSEWAY_RETURN_IF_ERROR(
        PutOneTimeKeys(work, user, device, upload.one_time_keys));
    CAUSEWAY_RETURN_IF_ERROR(
        PutFallbackKeys(work, user, device, upload.fallback_keys));
    counts = Count(work, user, device);
    int64_t total = 0;
    for (const auto& [algorithm, count] : counts) total += count;
    if (total > static_cast<int64_t>(kOneTimeKeysPerDeviceMax)) {
      return absl::ResourceExhaustedError("too many one-time keys");
    }
    if (upload.device_keys_json.has_value()) {
      work.exec_params0(kPutDeviceKeys, user, device, *upload.device_keys_json);
    }
    work.exec_params0(kNoteCount, user, device, TakeUpdatePositions(work, 1));
    return absl::OkStatus();
  }));
  committed_();
  return counts;
}

absl::StatusOr<std::vector<StoredDeviceKeys>> PostgresDeviceKeyStore::Find(
    const std::vector<std::string>& user_ids, size_t bytes_max) {
  const std::string users = matrix::DumpJson(Json(user_ids));
  std::vector<StoredDeviceKeys> found;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    found.clear();
    if (work.exec_params1(kCountBytes, users)[0].as<size_t>() > bytes_max) {
      return absl::ResourceExhaustedError("too many keys");
    }
    for (const pqxx::row& row : work.exec_params(kFind, users)) {
      found.push_back({.user_id = row[0].as<std::string>(),
                       .device_id = row[1].as<std::string>(),
                       .display_name = row[2].as<std::string>(),
                       .json = row[3].as<std::string>()});
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<ClaimedKey>> PostgresDeviceKeyStore::Claim(
    const std::vector<KeyClaim>& claims) {
  std::vector<ClaimedKey> claimed;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    claimed.clear();
    std::set<std::pair<std::string, std::string>> changed;
    for (const KeyClaim& claim : claims) {
      bool left_changed = false;
      std::optional<ClaimableKey> key = Take(work, claim, left_changed);
      if (left_changed) changed.insert({claim.user_id, claim.device_id});
      if (!key.has_value()) continue;
      claimed.push_back({claim.user_id, claim.device_id, *std::move(key)});
    }
    if (changed.empty()) return absl::OkStatus();
    int64_t position =
        TakeUpdatePositions(work, static_cast<int64_t>(changed.size()));
    for (const auto& [user_id, device_id] : changed) {
      work.exec_params0(kNoteCount, user_id, device_id, position++);
    }
    return absl::OkStatus();
  }));
  committed_();
  return claimed;
}

absl::StatusOr<std::optional<KeysLeft>> PostgresDeviceKeyStore::FindLeft(
    const matrix::UserId& user_id, absl::string_view device_id) {
  std::optional<KeysLeft> left;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    left.reset();
    const std::string& user = user_id.str();
    const std::string device(device_id);
    const pqxx::result noted = work.exec_params(
        "SELECT position FROM key_counts WHERE user_id = $1"
        " AND device_id = $2",
        user, device);
    if (noted.empty()) return absl::OkStatus();
    left.emplace();
    left->position = noted[0][0].as<int64_t>();
    left->one_time_counts = Count(work, user, device);
    for (const pqxx::row& row :
         work.exec_params(kUnusedFallbacks, user, device)) {
      left->unused_fallback_algorithms.push_back(row[0].as<std::string>());
    }
    return absl::OkStatus();
  }));
  return left;
}

absl::StatusOr<DeviceKeyStore::ListChange> PostgresDeviceKeyStore::ListChanges(
    const matrix::UserId& user_id, const Window& window) {
  ListChange change;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    change = ListChange();
    for (const pqxx::row& row : work.exec_params(
             kListChanges, user_id.str(), window.updates_after,
             window.updates_up_to, window.events_after, window.events_up_to)) {
      (row[1].as<bool>() ? change.left : change.changed)
          .push_back(row[0].as<std::string>());
    }
    return absl::OkStatus();
  }));
  return change;
}

}  // namespace causeway::homeserver
