#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_H_

#include <optional>
#include <string>

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
};

// A device and the access token that it got when it was made.
struct StoredDevice {
  matrix::UserId user_id;
  std::string device_id;            // 1 to 255 bytes.
  std::string display_name;         // May be empty.
  std::string access_token_sha256;  // 32 bytes.
};

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

  // Lays `changes` over the profile (WithChanges) and returns it whole.
  // NOT_FOUND if there is no such user.
  virtual absl::StatusOr<Profile> ChangeProfile(const matrix::UserId& user_id,
                                                const Profile& changes) = 0;

  // A device has one token: one that is there already loses its old one, and
  // keeps its display name. NOT_FOUND if there is no such user.
  virtual absl::Status PutDevice(const StoredDevice& device,
                                 absl::Time create_time) = 0;

  // The device whose token it is, without display name. Empty: nobody's.
  virtual absl::StatusOr<std::optional<StoredDevice>> FindToken(
      absl::string_view access_token_sha256) = 0;

  // Removes the device whose token it is. Nothing happens if there is none.
  virtual absl::Status DeleteDevice(absl::string_view access_token_sha256) = 0;

  // Removes all devices of the user.
  virtual absl::Status DeleteAllDevices(const matrix::UserId& user_id) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_H_
