#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_USER_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_USER_STORE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/accounts/user_store.h"

namespace causeway::homeserver {

// A UserStore in memory, for tests.
//
// Thread-safe.
class FakeUserStore final : public UserStore {
 public:
  absl::Status CreateUser(const StoredUser& user,
                          const std::optional<StoredDevice>& device,
                          absl::Time create_time)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::StatusOr<std::optional<StoredUser>> FindUser(
      const matrix::UserId& user_id) ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::StatusOr<UserStanding> FindStanding(
      const matrix::UserId& user_id) override;
  absl::StatusOr<Profile> ChangeProfile(const matrix::UserId& user_id,
                                        const Profile& changes)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::Status SetPassword(const matrix::UserId& user_id,
                           absl::string_view password_hash,
                           const std::optional<std::string>& kept_device_id)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::Status Deactivate(const matrix::UserId& user_id,
                          absl::Time deactivate_time)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::StatusOr<std::vector<UserSummary>> ListUsers(absl::string_view after,
                                                     int limit)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::Status PutDevice(const StoredDevice& device, absl::Time create_time)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::StatusOr<std::optional<StoredDevice>> FindToken(
      absl::string_view access_token_sha256) ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::Status DeleteDevice(absl::string_view access_token_sha256)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::Status DeleteAllDevices(const matrix::UserId& user_id)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::StatusOr<std::vector<StoredDevice>> ListDevices(
      const matrix::UserId& user_id) ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::StatusOr<std::optional<StoredDevice>> FindDevice(
      const matrix::UserId& user_id, absl::string_view device_id)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::Status RenameDevice(const matrix::UserId& user_id,
                            absl::string_view device_id,
                            absl::string_view display_name)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::Status DeleteDevices(const matrix::UserId& user_id,
                             const std::vector<std::string>& device_ids)
      ABSL_LOCKS_EXCLUDED(mu_) override;

  // From now on every call fails with `status`, until it is OK again.
  void FailWith(absl::Status status) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct User {
    StoredUser stored;
    absl::Time create_time;
    std::optional<absl::Time> deactivate_time;
  };

  // Null when there is none.
  User* FindActive(const matrix::UserId& user_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  StoredDevice* FindDeviceLocked(const matrix::UserId& user_id,
                                 absl::string_view device_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void PutDeviceLocked(const StoredDevice& device)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, User> users_ ABSL_GUARDED_BY(mu_);
  std::vector<StoredDevice> devices_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_USER_STORE_H_
