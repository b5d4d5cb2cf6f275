#include "services/homeserver/accounts/user_registration.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "services/homeserver/authorization.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr size_t kMadeUpLocalpartLength = 16;

// MayCreateUser has found the application service in `snapshot`.
std::optional<TokenOrigin> TokenOriginOf(
    const Principal& principal,
    const registry_watch::RegistrySnapshot& snapshot) {
  return TokenOrigin{
      .appservice_uid = std::get<AppserviceCaller>(principal.actor).uid,
      .registry_revision = snapshot.revision()};
}

}  // namespace

UserRegistration::UserRegistration(UserStore& store, const Clock& clock,
                                   matrix::ServerName server_name,
                                   ScryptCost cost)
    : store_(store),
      clock_(clock),
      server_name_(std::move(server_name)),
      cost_(cost) {}

absl::StatusOr<matrix::UserId> UserRegistration::CheckAvailable(
    const registry_watch::RegistrySnapshot& snapshot,
    absl::string_view localpart) {
  CAUSEWAY_RETURN_IF_ERROR(matrix::ValidateNewLocalpart(localpart));
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::UserId user_id, MakeUserId(localpart));
  CAUSEWAY_RETURN_IF_ERROR(MayCreateUser(snapshot, nullptr, user_id));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredUser> taken,
                            store_.FindUser(user_id));
  if (taken.has_value()) return matrix::UserInUse(user_id.str());
  return user_id;
}

absl::StatusOr<Session> UserRegistration::RegisterPerson(
    const registry_watch::RegistrySnapshot& snapshot, const Request& request,
    absl::string_view password) {
  std::string localpart = request.localpart;
  if (localpart.empty()) {
    localpart = matrix::RandomHexToken().substr(0, kMadeUpLocalpartLength);
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckPassword("password", password));
  // Before the hash, which is dear and which anybody may ask for.
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::UserId user_id,
                            CheckAvailable(snapshot, localpart));
  return Create(user_id, HashPassword(password, cost_), request.device,
                std::nullopt);
}

absl::StatusOr<Session> UserRegistration::RegisterVirtualUser(
    const registry_watch::RegistrySnapshot& snapshot,
    const Principal& appservice, const Request& request) {
  if (request.localpart.empty()) return matrix::MissingParam("username");
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::UserId user_id,
                            MakeUserId(request.localpart));
  CAUSEWAY_RETURN_IF_ERROR(MayCreateUser(snapshot, &appservice, user_id));
  return Create(user_id, "", request.device,
                TokenOriginOf(appservice, snapshot));
}

absl::StatusOr<matrix::UserId> UserRegistration::MakeUserId(
    absl::string_view localpart) const {
  absl::StatusOr<matrix::UserId> user_id =
      matrix::UserId::Make(localpart, server_name_, "username");
  if (user_id.ok()) return user_id;
  return matrix::InvalidUsername(localpart, user_id.status().message());
}

absl::StatusOr<Session> UserRegistration::Create(
    const matrix::UserId& user_id, std::string password_hash,
    const std::optional<DeviceRequest>& device,
    std::optional<TokenOrigin> origin) {
  std::optional<StoredDevice> stored_device;
  Session session{.user_id = user_id, .access_token = "", .device_id = ""};
  if (device.has_value()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckDeviceRequest(*device));
    NewSession made = MakeSession(user_id, *device, std::move(origin));
    stored_device = std::move(made.device);
    session = std::move(made.session);
  }
  absl::Status created =
      store_.CreateUser({.user_id = user_id,
                         .password_hash = std::move(password_hash),
                         .profile = {}},
                        stored_device, clock_.Now());
  if (absl::IsAlreadyExists(created)) return matrix::UserInUse(user_id.str());
  if (!created.ok()) return created;
  return session;
}

}  // namespace causeway::homeserver
