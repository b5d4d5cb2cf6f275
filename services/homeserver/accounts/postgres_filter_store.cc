#include "services/homeserver/accounts/postgres_filter_store.h"

#include <pqxx/pqxx>

#include "services/homeserver/accounts/sql_values.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

PostgresFilterStore::PostgresFilterStore(postgres::Pool& pool) : pool_(pool) {}

absl::Status PostgresFilterStore::PutFilter(const matrix::UserId& user_id,
                                            absl::string_view filter_id,
                                            absl::string_view filter_json,
                                            absl::Time create_time) {
  return pool_.Run([&](pqxx::work& work) -> absl::Status {
    // The row's lock lets one request of a user count and insert at a time.
    pqxx::result user = work.exec_params(
        "SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE",
        user_id.str());
    if (user.empty()) return absl::NotFoundError("no such user");
    pqxx::result known = work.exec_params(
        "SELECT count(*), coalesce(bool_or(filter_id = $2), false)"
        " FROM filters WHERE user_id = $1",
        user_id.str(), std::string(filter_id));
    if (known[0][1].as<bool>()) return absl::OkStatus();
    if (known[0][0].as<int>() >= kFiltersPerUserMax) {
      return absl::ResourceExhaustedError("too many filters");
    }
    work.exec_params0(
        "INSERT INTO filters (user_id, filter_id, filter_json, create_time)"
        " VALUES ($1, $2, $3, $4)",
        user_id.str(), std::string(filter_id), SqlBytes(filter_json),
        SqlTime(create_time));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<std::string>> PostgresFilterStore::FindFilter(
    const matrix::UserId& user_id, absl::string_view filter_id) {
  std::optional<std::string> filter_json;
  CAUSEWAY_RETURN_IF_ERROR(
      pool_.Read([&](pqxx::transaction_base& work) -> absl::Status {
        pqxx::result rows = work.exec_params(
            "SELECT filter_json FROM filters"
            " WHERE user_id = $1 AND filter_id = $2",
            user_id.str(), std::string(filter_id));
        if (!rows.empty()) {
          filter_json = pqxx::binarystring(rows[0][0]).str();
        }
        return absl::OkStatus();
      }));
  return filter_json;
}

}  // namespace causeway::homeserver
