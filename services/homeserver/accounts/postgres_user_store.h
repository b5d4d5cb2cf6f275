#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_POSTGRES_USER_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_POSTGRES_USER_STORE_H_

#include <optional>

#include "services/homeserver/accounts/user_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// Keeps users in the tables of migrations/0001_accounts.sql.
//
// Thread-safe.
class PostgresUserStore final : public UserStore {
 public:
  // `pool` must outlive the store.
  explicit PostgresUserStore(postgres::Pool& pool);

  absl::Status CreateUser(const StoredUser& user,
                          const std::optional<StoredDevice>& device,
                          absl::Time create_time) override;
  absl::StatusOr<std::optional<StoredUser>> FindUser(
      const matrix::UserId& user_id) override;
  absl::StatusOr<Profile> ChangeProfile(const matrix::UserId& user_id,
                                        const Profile& changes) override;
  absl::Status PutDevice(const StoredDevice& device,
                         absl::Time create_time) override;
  absl::StatusOr<std::optional<StoredDevice>> FindToken(
      absl::string_view access_token_sha256) override;
  absl::Status DeleteDevice(absl::string_view access_token_sha256) override;
  absl::Status DeleteAllDevices(const matrix::UserId& user_id) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_POSTGRES_USER_STORE_H_
