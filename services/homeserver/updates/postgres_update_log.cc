#include "services/homeserver/updates/postgres_update_log.h"

#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "services/homeserver/news/news_key.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Whose it is, if it is a user's, and of which rooms.
constexpr char kNewsAfter[] = R"sql(
  SELECT position, user_id, '[]' FROM account_data WHERE position > $1
  UNION ALL
  SELECT position, user_id, '[]' FROM to_device_messages WHERE position > $1
  UNION ALL
  SELECT position, user_id, '[]' FROM key_counts WHERE position > $1
  UNION ALL
  SELECT position, user_id, coalesce((
    SELECT json_agg(room_id)::text FROM room_state
    WHERE type = 'm.room.member' AND state_key = list.user_id
      AND membership = 'join' AND replaced_position IS NULL), '[]')
  FROM device_lists AS list WHERE position > $1
  UNION ALL
  SELECT position,
    CASE WHEN type = 'm.read.private' THEN user_id ELSE '' END,
    CASE WHEN type = 'm.read.private' THEN '[]'
      ELSE json_build_array(room_id)::text END
  FROM receipts WHERE position > $1
  ORDER BY position LIMIT $2)sql";

absl::StatusOr<std::vector<NewsKey>> KeysOf(const std::string& user_id,
                                            const std::string& room_ids_json) {
  std::vector<NewsKey> keys;
  if (!user_id.empty()) keys.push_back(NewsOfUser(user_id));
  CAUSEWAY_ASSIGN_OR_RETURN(const matrix::Json room_ids,
                            matrix::ParseJson(room_ids_json));
  for (const matrix::Json& room_id : room_ids) {
    keys.push_back(NewsOfRoom(room_id.get<std::string>()));
  }
  return keys;
}

}  // namespace

PostgresUpdateLog::PostgresUpdateLog(postgres::Pool& pool) : pool_(pool) {}

absl::StatusOr<int64_t> PostgresUpdateLog::LastPosition() {
  int64_t position = 0;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work) {
    position = work.exec1("SELECT position FROM update_head")[0].as<int64_t>();
    return absl::OkStatus();
  }));
  return position;
}

absl::StatusOr<std::vector<NewsSource::News>> PostgresUpdateLog::NewsAfter(
    int64_t position, int limit) {
  std::vector<News> news;
  CAUSEWAY_RETURN_IF_ERROR(
      pool_.Read([&](pqxx::transaction_base& work) -> absl::Status {
        news.clear();
        for (const pqxx::row& row :
             work.exec_params(kNewsAfter, position, limit)) {
          CAUSEWAY_ASSIGN_OR_RETURN(
              std::vector<NewsKey> keys,
              KeysOf(row[1].as<std::string>(), row[2].as<std::string>()));
          news.push_back(
              {.position = row[0].as<int64_t>(), .keys = std::move(keys)});
        }
        return absl::OkStatus();
      }));
  return news;
}

}  // namespace causeway::homeserver
