#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/homeserver/accounts/profile.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// A user as it is kept.
struct StoredUser {
  matrix::UserId user_id;
  // Empty: a virtual user, which nobody can log in as by password.
  std::string password_hash;
  Profile profile;
  // For good: it has neither password, profile nor devices any more.
  bool is_deactivated = false;
};

enum class UserStanding { kNone, kActive, kDeactivated };

// The registration by whose rights an access token was made.
struct TokenOrigin {
  std::string appservice_uid;
  // The registry's revision that knew it.
  int64_t registry_revision = 0;

  bool operator==(const TokenOrigin&) const = default;
};

// A device and the access token that it got when it was made.
struct StoredDevice {
  matrix::UserId user_id;
  std::string device_id;     // 1 to 255 bytes.
  std::string display_name;  // May be empty.
  // 32 bytes. Empty: it has none, and only an application service acts as it.
  std::string access_token_sha256;
  // Of the token. Absent: the person logged in.
  std::optional<TokenOrigin> origin = std::nullopt;
  // It has a token and the person logged in. Told by FindDevice alone.
  bool is_persons = false;
};

// A user as operators see it.
struct UserSummary {
  std::string user_id;
  bool has_password = false;
  std::string display_name;
  absl::Time create_time;
  std::optional<absl::Time> deactivate_time;
};

// A person has a dozen; what makes more is a client gone wrong.
inline constexpr size_t kDevicesPerUserMax = 1000;

// Keeps users, their devices and their access tokens.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class UserStore {
 public:
  virtual ~UserStore() = default;

  // Creates `user`, and `device` with it if there is one.
  // ALREADY_EXISTS if there is such a user; then nothing happens.
  virtual absl::Status CreateUser(const StoredUser& user,
                                  const std::optional<StoredDevice>& device,
                                  absl::Time create_time) = 0;

  // Empty if there is no such user.
  virtual absl::StatusOr<std::optional<StoredUser>> FindUser(
      const matrix::UserId& user_id) = 0;

  // Whether there is such a user, for each request that acts as one. One that
  // another process deactivated may be called active for a second more.
  virtual absl::StatusOr<UserStanding> FindStanding(
      const matrix::UserId& user_id) = 0;

  // Lays `changes` over the profile (WithChanges) and returns it whole.
  // NOT_FOUND if there is no such user.
  virtual absl::StatusOr<Profile> ChangeProfile(const matrix::UserId& user_id,
                                                const Profile& changes) = 0;

  // Replaces the password, and removes all devices but `kept_device_id`
  // (absent: none is removed). NOT_FOUND if there is no such user, or it has
  // been deactivated.
  virtual absl::Status SetPassword(
      const matrix::UserId& user_id, absl::string_view password_hash,
      const std::optional<std::string>& kept_device_id) = 0;

  // Takes away password, profile and devices for good. Nothing happens to who
  // has been deactivated before. NOT_FOUND if there is no such user.
  virtual absl::Status Deactivate(const matrix::UserId& user_id,
                                  absl::Time deactivate_time) = 0;

  // In the order of their IDs: at most `limit`, those behind `after`.
  virtual absl::StatusOr<std::vector<UserSummary>> ListUsers(
      absl::string_view after, int limit) = 0;

  // A device has one token: one that is there already loses its old one, and
  // keeps its display name. NOT_FOUND if there is no such user, or it has been
  // deactivated; RESOURCE_EXHAUSTED above kDevicesPerUserMax.
  virtual absl::Status PutDevice(const StoredDevice& device,
                                 absl::Time create_time) = 0;

  // The device whose token it is, without display name. Empty: nobody's.
  // FindToken alone tells the token's origin.
  virtual absl::StatusOr<std::optional<StoredDevice>> FindToken(
      absl::string_view access_token_sha256) = 0;

  // Removes the device whose token it is. Nothing happens if there is none.
  virtual absl::Status DeleteDevice(absl::string_view access_token_sha256) = 0;

  // Removes all devices of the user.
  virtual absl::Status DeleteAllDevices(const matrix::UserId& user_id) = 0;

  // Without tokens, in the order of their IDs.
  virtual absl::StatusOr<std::vector<StoredDevice>> ListDevices(
      const matrix::UserId& user_id) = 0;

  // Without token. Empty if the user has no such device.
  virtual absl::StatusOr<std::optional<StoredDevice>> FindDevice(
      const matrix::UserId& user_id, absl::string_view device_id) = 0;

  // NOT_FOUND if the user has no such device.
  virtual absl::Status RenameDevice(const matrix::UserId& user_id,
                                    absl::string_view device_id,
                                    absl::string_view display_name) = 0;

  // Those of the user that there are.
  virtual absl::Status DeleteDevices(
      const matrix::UserId& user_id,
      const std::vector<std::string>& device_ids) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_H_
