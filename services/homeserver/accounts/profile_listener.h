#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_PROFILE_LISTENER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_PROFILE_LISTENER_H_

#include "absl/status/status.h"
#include "services/homeserver/accounts/profile.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Who is told of a user's new profile: the rooms, which carry it in their
// member events.
//
// Thread-safe.
class ProfileListener {
 public:
  virtual ~ProfileListener() = default;

  // Called after `profile` is stored, and again when a client repeats itself;
  // member events that already say so are to stay. Errors go to the client.
  virtual absl::Status ProfileChanged(const matrix::UserId& user_id,
                                      const Profile& profile) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_PROFILE_LISTENER_H_
