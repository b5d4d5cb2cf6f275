#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_REGISTRATION_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_REGISTRATION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/accounts/password_hash.h"
#include "services/homeserver/accounts/sessions.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/principal.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::homeserver {

// Creates users: people with a password, and the virtual users of application
// services, whose localparts may be of the draft's kind (slashes, capitals).
// Source: https://spec.matrix.org/v1.17/client-server-api/#post_matrixclientv3register
//
// Errors of all: those of MayCreateUser, M_EXCLUSIVE among them;
// ALREADY_EXISTS (M_USER_IN_USE); INVALID_ARGUMENT (M_INVALID_USERNAME, or
// M_INVALID_PARAM or M_MISSING_PARAM that names the field); UNAVAILABLE when
// the store is away.
//
// Thread-safe. Calls block on the store, and compute for as long as a password
// hash costs.
class UserRegistration {
 public:
  // `device` empty: no session is made, and the one returned has no token.
  struct Request {
    std::string localpart;
    std::optional<DeviceRequest> device;
  };

  // The references must outlive the registration.
  UserRegistration(UserStore& store, const Clock& clock,
                   matrix::ServerName server_name, ScryptCost cost = {});

  // Whether a person could register by this name; its user ID then.
  absl::StatusOr<matrix::UserId> CheckAvailable(
      const registry_watch::RegistrySnapshot& snapshot,
      absl::string_view localpart);

  // An empty localpart: one is made up.
  absl::StatusOr<Session> RegisterPerson(
      const registry_watch::RegistrySnapshot& snapshot, const Request& request,
      absl::string_view password);

  // `appservice` is the one that registers.
  absl::StatusOr<Session> RegisterVirtualUser(
      const registry_watch::RegistrySnapshot& snapshot,
      const Principal& appservice, const Request& request);

 private:
  absl::StatusOr<matrix::UserId> MakeUserId(absl::string_view localpart) const;
  absl::StatusOr<Session> Create(const matrix::UserId& user_id,
                                 std::string password_hash,
                                 const std::optional<DeviceRequest>& device,
                                 std::optional<TokenOrigin> origin);

  UserStore& store_;
  const Clock& clock_;
  const matrix::ServerName server_name_;
  const ScryptCost cost_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_USER_REGISTRATION_H_
