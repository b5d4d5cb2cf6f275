#include "services/homeserver/accounts/sessions.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Enough that no two devices of one user ever get the same.
constexpr size_t kDeviceIdLength = 12;

absl::Status CheckText(absl::string_view field, absl::string_view text,
                       size_t bytes_max) {
  if (absl::StrContains(text, '\0')) {
    return matrix::InvalidParam(field, "holds U+0000");
  }
  if (text.size() <= bytes_max) return absl::OkStatus();
  return matrix::InvalidParam(
      field, absl::StrCat("has ", text.size(), " bytes; at most ", bytes_max,
                          " are allowed"));
}

absl::Status WrongUserOrPassword() {
  return matrix::Forbidden("wrong user or password");
}

}  // namespace

absl::Status CheckDeviceRequest(const DeviceRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(
      CheckText("device_id", request.device_id, kDeviceIdBytesMax));
  return CheckText("initial_device_display_name", request.display_name,
                   kDeviceDisplayNameBytesMax);
}

absl::Status TooManyDevices() {
  return matrix::MakeError(
      absl::StatusCode::kResourceExhausted, "M_RESOURCE_LIMIT_EXCEEDED",
      absl::StrCat("a user can have ", kDevicesPerUserMax,
                   " devices and no more: log out, or delete some"));
}

absl::Status IsPersonsDevice(const matrix::UserId& user_id,
                             absl::string_view device_id) {
  return matrix::Forbidden(absl::StrCat(
      "device ", matrix::Quote(device_id), " is that of ", user_id.str(),
      ", who logged in there: an application service has devices of its own"));
}

NewSession MakeSession(const matrix::UserId& user_id,
                       const DeviceRequest& request,
                       std::optional<TokenOrigin> origin) {
  std::string device_id =
      request.device_id.empty()
          ? matrix::RandomHexToken().substr(0, kDeviceIdLength)
          : request.device_id;
  std::string access_token = matrix::RandomBase64UrlToken();
  std::string sha256 = matrix::Sha256(access_token);
  return {.session = {.user_id = user_id,
                      .access_token = std::move(access_token),
                      .device_id = device_id},
          .device = {.user_id = user_id,
                     .device_id = std::move(device_id),
                     .display_name = request.display_name,
                     .access_token_sha256 = std::move(sha256),
                     .origin = std::move(origin)}};
}

Sessions::Sessions(UserStore& store, const Clock& clock, ScryptCost cost)
    : store_(store),
      clock_(clock),
      nobodys_hash_(HashPassword(matrix::RandomHexToken(), cost)) {}

absl::StatusOr<Session> Sessions::LogInByPassword(
    const matrix::UserId& user_id, absl::string_view password,
    const DeviceRequest& request) {
  // What is longer was never taken as a password.
  if (password.size() > kPasswordBytesMax) return WrongUserOrPassword();
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredUser> user,
                            store_.FindUser(user_id));
  const bool has_password = user.has_value() && !user->password_hash.empty();
  const bool verified = VerifyPassword(
      password, has_password ? user->password_hash : nobodys_hash_);
  if (!has_password || !verified) return WrongUserOrPassword();
  return Start(user_id, request, std::nullopt);
}

absl::StatusOr<Session> Sessions::LogIn(const matrix::UserId& user_id,
                                        const DeviceRequest& request,
                                        TokenOrigin origin) {
  CAUSEWAY_RETURN_IF_ERROR(CheckDeviceRequest(request));
  if (!request.device_id.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<StoredDevice> device,
                              store_.FindDevice(user_id, request.device_id));
    if (device.has_value() && device->is_persons) {
      return IsPersonsDevice(user_id, request.device_id);
    }
  }
  return Start(user_id, request, std::move(origin));
}

absl::StatusOr<Session> Sessions::Start(const matrix::UserId& user_id,
                                        const DeviceRequest& request,
                                        std::optional<TokenOrigin> origin) {
  CAUSEWAY_RETURN_IF_ERROR(CheckDeviceRequest(request));
  NewSession made = MakeSession(user_id, request, std::move(origin));
  absl::Status stored = store_.PutDevice(made.device, clock_.Now());
  if (absl::IsNotFound(stored)) {
    return matrix::NotFound(absl::StrCat("user ", user_id.str()));
  }
  if (absl::IsResourceExhausted(stored)) return TooManyDevices();
  if (!stored.ok()) return stored;
  return std::move(made.session);
}

absl::StatusOr<StoredDevice> Sessions::Authenticate(
    absl::string_view access_token_sha256) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredDevice> device,
                            store_.FindToken(access_token_sha256));
  if (!device.has_value()) return matrix::UnknownToken();
  return *std::move(device);
}

absl::Status Sessions::LogOut(absl::string_view access_token_sha256) {
  return store_.DeleteDevice(access_token_sha256);
}

absl::Status Sessions::LogOutEverywhere(const ActingUser& acting) {
  if (!acting.token_appservice_uid.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<StoredUser> user,
                              store_.FindUser(acting.user_id));
    if (user.has_value() && !user->password_hash.empty()) {
      return matrix::Forbidden(
          "an application service does not end the sessions of a person");
    }
  }
  return store_.DeleteAllDevices(acting.user_id);
}

}  // namespace causeway::homeserver
