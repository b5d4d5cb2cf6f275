#include "services/homeserver/updates/postgres_update_log.h"

#include <pqxx/pqxx>
#include <string>

#include "services/homeserver/news/news_key.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Without a user it is of the room.
constexpr char kNewsAfter[] =
    "SELECT position, user_id, '' FROM account_data WHERE position > $1"
    " UNION ALL"
    " SELECT position, user_id, '' FROM to_device_messages WHERE position > $1"
    " UNION ALL"
    " SELECT position,"
    "  CASE WHEN type = 'm.read.private' THEN user_id ELSE '' END, room_id"
    " FROM receipts WHERE position > $1"
    " ORDER BY position LIMIT $2";

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
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work) {
    for (const pqxx::row& row : work.exec_params(kNewsAfter, position, limit)) {
      const std::string user_id = row[1].as<std::string>();
      news.push_back(
          {.position = row[0].as<int64_t>(),
           .keys = {user_id.empty() ? NewsOfRoom(row[2].as<std::string>())
                                    : NewsOfUser(user_id)}});
    }
    return absl::OkStatus();
  }));
  return news;
}

}  // namespace causeway::homeserver
