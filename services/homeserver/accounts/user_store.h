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
struct StoredSession {
  matrix::UserId user_id;
  std::string device_id;
  std::string device_display_name;  // May be empty.
  std::string access_token_sha256;  // 32 bytes.
};

struct TokenOwner {
  matrix::UserId user_id;
  std::string device_id;
};

// Keeps users, their devices and their access tokens.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class UserStore {
 public:
  virtual ~UserStore() = default;

  // ALREADY_EXISTS if there is such a user, or one whose localpart differs
  // only in case when `user` has a password: people must be told apart.
  virtual absl::Status CreateUser(const StoredUser& user,
                                  absl::Time create_time) = 0;

  // Empty if there is no such user.
  virtual absl::StatusOr<std::optional<StoredUser>> FindUser(
      const matrix::UserId& user_id) = 0;

  // Puts `changes` over the profile and returns it whole. NOT_FOUND if there
  // is no such user.
  virtual absl::StatusOr<Profile> ChangeProfile(const matrix::UserId& user_id,
                                                const Profile& changes) = 0;

  // A device has one token: one that exists already loses its old one.
  // NOT_FOUND if there is no such user.
  virtual absl::Status CreateSession(const StoredSession& session,
                                     absl::Time create_time) = 0;

  // Empty if it is nobody's token.
  virtual absl::StatusOr<std::optional<TokenOwner>> FindToken(
      absl::string_view access_token_sha256) = 0;

  // Removes the token and its device. Nothing happens if there is none.
  virtual absl::Status EndSession(absl::string_view access_token_sha256) = 0;

  // Removes all tokens and devices of the user.
  virtual absl::Status EndAllSessions(const matrix::UserId& user_id) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_STORE_H_
