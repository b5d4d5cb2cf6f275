#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_POSTGRES_USER_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_POSTGRES_USER_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "services/homeserver/accounts/active_users.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/connection.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// Keeps users in the tables users and devices.
//
// Thread-safe.
class PostgresUserStore final : public UserStore {
 public:
  // What its pools must have among their statements.
  static std::vector<postgres::PreparedStatement> Statements();

  // `pool` and `clock` must outlive the store.
  PostgresUserStore(postgres::Pool& pool, const Clock& clock);

  absl::Status CreateUser(const StoredUser& user,
                          const std::optional<StoredDevice>& device,
                          absl::Time create_time) override;
  absl::StatusOr<std::optional<StoredUser>> FindUser(
      const matrix::UserId& user_id) override;
  absl::StatusOr<UserStanding> FindStanding(
      const matrix::UserId& user_id) override;
  absl::StatusOr<Profile> ChangeProfile(const matrix::UserId& user_id,
                                        const Profile& changes) override;
  absl::Status SetPassword(
      const matrix::UserId& user_id, absl::string_view password_hash,
      const std::optional<std::string>& kept_device_id) override;
  absl::Status Deactivate(const matrix::UserId& user_id,
                          absl::Time deactivate_time) override;
  absl::StatusOr<std::vector<UserSummary>> ListUsers(absl::string_view after,
                                                     int limit) override;
  absl::Status PutDevice(const StoredDevice& device,
                         absl::Time create_time) override;
  absl::StatusOr<std::optional<StoredDevice>> FindToken(
      absl::string_view access_token_sha256) override;
  absl::Status DeleteDevice(absl::string_view access_token_sha256) override;
  absl::Status DeleteAllDevices(const matrix::UserId& user_id) override;
  absl::StatusOr<std::vector<StoredDevice>> ListDevices(
      const matrix::UserId& user_id) override;
  absl::StatusOr<std::optional<StoredDevice>> FindDevice(
      const matrix::UserId& user_id, absl::string_view device_id) override;
  absl::Status RenameDevice(const matrix::UserId& user_id,
                            absl::string_view device_id,
                            absl::string_view display_name) override;
  absl::Status DeleteDevices(
      const matrix::UserId& user_id,
      const std::vector<std::string>& device_ids) override;

 private:
  postgres::Pool& pool_;
  ActiveUsers active_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_POSTGRES_USER_STORE_H_
