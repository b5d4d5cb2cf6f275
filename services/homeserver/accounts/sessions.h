#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_SESSIONS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_SESSIONS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/accounts/password_hash.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/authorization.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

inline constexpr size_t kDeviceIdBytesMax = 255;
inline constexpr size_t kDeviceDisplayNameBytesMax = 255;

// The device that a client wants for its session.
struct DeviceRequest {
  std::string device_id;  // Empty: one is made up.
  std::string display_name;
};

// INVALID_ARGUMENT (M_INVALID_PARAM) names the field and the bound.
absl::Status CheckDeviceRequest(const DeviceRequest& request);

// Who has kDevicesPerUserMax and wants another.
absl::Status TooManyDevices();

// 403 M_FORBIDDEN for an application service that wants a device as which the
// person logged in. It may act as people of its namespaces, but what they have
// themselves stays theirs: their sessions, what waits there, their keys.
absl::Status IsPersonsDevice(const matrix::UserId& user_id,
                             absl::string_view device_id);

// A session as its client gets to know it.
struct Session {
  matrix::UserId user_id;
  std::string access_token;
  std::string device_id;
};

// A session with a new token, and the device to be stored for it. The request
// has been checked. `origin` is that of the token.
struct NewSession {
  Session session;
  StoredDevice device;
};
NewSession MakeSession(const matrix::UserId& user_id,
                       const DeviceRequest& request,
                       std::optional<TokenOrigin> origin);

// Who is logged in, by which token. A token has 256 random bits and is kept
// only as its SHA-256.
//
// Thread-safe. Calls block on the store; LogInByPassword also computes for as
// long as a password hash costs. UNAVAILABLE when the store is away.
class Sessions {
 public:
  // The arguments must outlive the sessions. `cost` is that of new passwords.
  Sessions(UserStore& store, const Clock& clock, ScryptCost cost = {});

  // PERMISSION_DENIED (M_FORBIDDEN) for a wrong user or password; neither the
  // answer nor the time it takes tells which. INVALID_ARGUMENT as
  // CheckDeviceRequest; RESOURCE_EXHAUSTED as TooManyDevices.
  absl::StatusOr<Session> LogInByPassword(const matrix::UserId& user_id,
                                          absl::string_view password,
                                          const DeviceRequest& request);

  // For whom the application service of `origin` vouches. NOT_FOUND
  // (M_NOT_FOUND) if there is no such user; PERMISSION_DENIED as
  // IsPersonsDevice; INVALID_ARGUMENT as CheckDeviceRequest; RESOURCE_EXHAUSTED
  // as TooManyDevices.
  absl::StatusOr<Session> LogIn(const matrix::UserId& user_id,
                                const DeviceRequest& request,
                                TokenOrigin origin);

  // Whose token it is. UNAUTHENTICATED (M_UNKNOWN_TOKEN) if nobody's.
  absl::StatusOr<StoredDevice> Authenticate(
      absl::string_view access_token_sha256);

  // Ends the session of that token; nothing happens if there is none.
  absl::Status LogOut(absl::string_view access_token_sha256);
  // Of all devices. PERMISSION_DENIED (M_FORBIDDEN) for a person by a token
  // that an application service got: the others aren't its to end.
  absl::Status LogOutEverywhere(const ActingUser& acting);

 private:
  absl::StatusOr<Session> Start(const matrix::UserId& user_id,
                                const DeviceRequest& request,
                                std::optional<TokenOrigin> origin);

  UserStore& store_;
  const Clock& clock_;
  // Checked in place of the hash of a user that doesn't exist.
  const std::string nobodys_hash_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_SESSIONS_H_
