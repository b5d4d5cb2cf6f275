#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_CREDENTIALS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_CREDENTIALS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/accounts/departure_listener.h"
#include "services/homeserver/accounts/password_hash.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/authorization.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// A password given once more, beside the access token.
struct PasswordProof {
  matrix::UserId user_id;
  std::string password;
};

enum class ProofResult {
  kAccepted,  // It was done.
  kMissing,   // Nothing was done.
  kWrong,     // Nothing was done.
};

// 400 M_UNKNOWN_DEVICE.
absl::Status UnknownDevice(const matrix::UserId& user_id,
                           absl::string_view device_id);

// The password and the devices of a user, as the one changes them that acts.
// Source: https://spec.matrix.org/v1.17/client-server-api/#user-interactive-authentication-api
//
// What needs a proof: a person gives its password, for whoever found an access
// token shall not take the account. An application service needs none for a
// virtual user, which has no password; of a person it needs the person's. Those
// calls fail besides with PERMISSION_DENIED (M_FORBIDDEN) for an application
// service that is linked to a person, and for a virtual user's own token.
//
// Thread-safe. Calls block on the store, and compute for as long as password
// hashes cost. UNAVAILABLE when the store is away.
class Credentials {
 public:
  // `store` and `clock` must outlive this object. `cost` is that of new
  // passwords.
  Credentials(UserStore& store, const Clock& clock, ScryptCost cost = {});

  // Whether it may be done, without doing anything.
  absl::StatusOr<ProofResult> Prove(const ActingUser& acting,
                                    const std::optional<PasswordProof>& proof);

  // Ends the sessions of all devices but the acting one, unless `keep_devices`.
  // INVALID_ARGUMENT as CheckPassword; PERMISSION_DENIED for a virtual user.
  absl::StatusOr<ProofResult> ChangePassword(
      const ActingUser& acting, const std::optional<PasswordProof>& proof,
      absl::string_view new_password, bool keep_devices);

  // First `listener` is told; its errors leave the user as it is.
  absl::StatusOr<ProofResult> Deactivate(
      const ActingUser& acting, const std::optional<PasswordProof>& proof,
      DepartureListener& listener);

  // INVALID_ARGUMENT above kDevicesPerUserMax.
  absl::StatusOr<ProofResult> DeleteDevices(
      const ActingUser& acting, const std::optional<PasswordProof>& proof,
      const std::vector<std::string>& device_ids);

  // The rest needs no proof. NOT_FOUND (M_NOT_FOUND) if there is no such
  // device.
  absl::StatusOr<std::vector<StoredDevice>> ListDevices(
      const ActingUser& acting);
  absl::StatusOr<StoredDevice> GetDevice(const ActingUser& acting,
                                         absl::string_view device_id);
  // Names it; an application service creates it if it isn't there. Returns
  // whether it did. INVALID_ARGUMENT as CheckDeviceRequest;
  // RESOURCE_EXHAUSTED above kDevicesPerUserMax; PERMISSION_DENIED for one that
  // is linked to a person, and as IsPersonsDevice.
  // Source: https://spec.matrix.org/v1.17/application-service-api/#device-management
  absl::StatusOr<bool> PutDevice(
      const ActingUser& acting, const std::string& device_id,
      const std::optional<std::string>& display_name);

 private:
  UserStore& store_;
  const Clock& clock_;
  const ScryptCost cost_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_CREDENTIALS_H_
