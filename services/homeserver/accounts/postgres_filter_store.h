#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_POSTGRES_FILTER_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_POSTGRES_FILTER_STORE_H_

#include <optional>
#include <string>

#include "services/homeserver/accounts/filter_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// Keeps filters in the table of migrations/0001_accounts.sql.
//
// Thread-safe.
class PostgresFilterStore final : public FilterStore {
 public:
  // `pool` must outlive the store.
  explicit PostgresFilterStore(postgres::Pool& pool);

  absl::Status PutFilter(const matrix::UserId& user_id,
                         absl::string_view filter_id,
                         absl::string_view filter_json,
                         absl::Time create_time) override;
  absl::StatusOr<std::optional<std::string>> FindFilter(
      const matrix::UserId& user_id, absl::string_view filter_id) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_POSTGRES_FILTER_STORE_H_
