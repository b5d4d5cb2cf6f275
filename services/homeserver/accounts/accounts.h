#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACCOUNTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACCOUNTS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/accounts/profile.h"
#include "services/homeserver/accounts/profile_listener.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// The users of this server and their profiles: what the rooms need to know.
// A user that nobody here has heard of may still exist at an application
// service; user_discovery.h asks.
//
// Thread-safe. Calls block on the store. UNAVAILABLE when it is away.
class Accounts {
 public:
  // `store` and `clock` must outlive the accounts.
  Accounts(UserStore& store, const Clock& clock);

  // PERMISSION_DENIED (M_USER_DEACTIVATED) for one that has ended: nobody acts
  // as it, invites it or sees its profile.
  absl::StatusOr<bool> UserExists(const matrix::UserId& user_id);

  // Creates a virtual user: one without a password, which only an application
  // service can act as. Does nothing if the user exists, whoever it is.
  // INVALID_ARGUMENT (M_INVALID_PARAM) as CheckProfile.
  absl::Status EnsureGhost(const matrix::UserId& user_id,
                           const Profile& profile);

  // NOT_FOUND (M_NOT_FOUND) if there is no such user.
  absl::StatusOr<Profile> GetProfile(const matrix::UserId& user_id);

  // Lays `changes` over the profile and tells `listener`, also when nothing
  // changed: a repeat mends what an interrupted first call left undone.
  // NOT_FOUND (M_NOT_FOUND) if there is no such user; INVALID_ARGUMENT
  // (M_INVALID_PARAM) as CheckProfile; errors of the listener.
  absl::Status SetProfile(const matrix::UserId& user_id, const Profile& changes,
                          ProfileListener& listener);

  // As UserStore does. For operators.
  absl::StatusOr<std::vector<UserSummary>> ListUsers(absl::string_view after,
                                                     int limit);

 private:
  UserStore& store_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACCOUNTS_H_
