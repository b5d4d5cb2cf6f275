#include "services/homeserver/account_data/postgres_account_data_store.h"

#include <pqxx/pqxx>
#include <utility>

#include "services/homeserver/updates/update_head.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// What the user keeps in other places, and what stands in this one.
constexpr char kRead[] =
    "SELECT count(*) FILTER (WHERE NOT here),"
    "  coalesce(sum(octet_length(content_json)) FILTER (WHERE NOT here), 0),"
    "  min(content_json) FILTER (WHERE here)"
    " FROM (SELECT content_json, room_id = $2 AND type = $3 AS here"
    "       FROM account_data WHERE user_id = $1) AS kept";

constexpr char kPut[] =
    "INSERT INTO account_data (user_id, room_id, type, content_json, position)"
    " VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (user_id, room_id, type) DO UPDATE"
    " SET content_json = excluded.content_json, position = excluded.position";

constexpr char kListAfter[] =
    "SELECT room_id, type, content_json FROM account_data"
    " WHERE user_id = $1 AND position > $2 AND position <= $3"
    " ORDER BY position";

}  // namespace

PostgresAccountDataStore::PostgresAccountDataStore(
    postgres::Pool& pool, std::function<void()> committed)
    : pool_(pool), committed_(std::move(committed)) {}

absl::Status PostgresAccountDataStore::Put(const matrix::UserId& user_id,
                                           const AccountDataPlace& place,
                                           Change change) {
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) -> absl::Status {
    // The row's lock lets one change of a user happen at a time.
    if (work.exec_params(
                "SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE",
                user_id.str())
            .empty()) {
      return absl::NotFoundError("no such user");
    }
    const pqxx::row kept =
        work.exec_params1(kRead, user_id.str(), place.room_id, place.type);
    std::optional<std::string> before;
    if (!kept[2].is_null()) before = kept[2].as<std::string>();
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string content, change(before));
    if (kept[0].as<size_t>() >= kAccountDataPerUserMax ||
        kept[1].as<size_t>() + content.size() > kAccountDataBytesPerUserMax) {
      return absl::ResourceExhaustedError("too much account data");
    }
    work.exec_params0(kPut, user_id.str(), place.room_id, place.type, content,
                      TakeUpdatePositions(work, 1));
    return absl::OkStatus();
  }));
  committed_();
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> PostgresAccountDataStore::Find(
    const matrix::UserId& user_id, const AccountDataPlace& place) {
  std::optional<std::string> content;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work) {
    pqxx::result rows = work.exec_params(
        "SELECT content_json FROM account_data"
        " WHERE user_id = $1 AND room_id = $2 AND type = $3",
        user_id.str(), place.room_id, place.type);
    if (!rows.empty()) content = rows[0][0].as<std::string>();
    return absl::OkStatus();
  }));
  return content;
}

absl::StatusOr<std::vector<AccountData>> PostgresAccountDataStore::ListAfter(
    const matrix::UserId& user_id, int64_t after, int64_t up_to) {
  std::vector<AccountData> list;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Read([&](pqxx::transaction_base& work) {
    for (const pqxx::row& row :
         work.exec_params(kListAfter, user_id.str(), after, up_to)) {
      list.push_back({.place = {.room_id = row[0].as<std::string>(),
                                .type = row[1].as<std::string>()},
                      .content_json = row[2].as<std::string>()});
    }
    return absl::OkStatus();
  }));
  return list;
}

}  // namespace causeway::homeserver
