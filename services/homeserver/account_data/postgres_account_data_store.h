#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_POSTGRES_ACCOUNT_DATA_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_POSTGRES_ACCOUNT_DATA_STORE_H_

#include <functional>

#include "services/homeserver/account_data/account_data_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// On the tables of migrations/0030_updates.sql.
//
// Thread-safe.
class PostgresAccountDataStore final : public AccountDataStore {
 public:
  // `pool` must outlive the store. `committed` is called after each change.
  PostgresAccountDataStore(postgres::Pool& pool,
                           std::function<void()> committed);

  absl::Status Put(const matrix::UserId& user_id, const AccountDataPlace& place,
                   Change change) override;
  absl::StatusOr<std::optional<std::string>> Find(
      const matrix::UserId& user_id, const AccountDataPlace& place) override;
  absl::StatusOr<std::vector<AccountData>> ListAfter(
      const matrix::UserId& user_id, int64_t after, int64_t up_to) override;

 private:
  postgres::Pool& pool_;
  const std::function<void()> committed_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_POSTGRES_ACCOUNT_DATA_STORE_H_
