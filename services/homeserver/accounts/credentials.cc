#include "services/homeserver/accounts/credentials.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/homeserver/accounts/sessions.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

absl::Status NoSuchUser(const matrix::UserId& user_id) {
  return matrix::NotFound(absl::StrCat("user ", user_id.str()));
}

absl::Status NoSuchDevice(absl::string_view device_id) {
  return matrix::NotFound(absl::StrCat("device ", matrix::Quote(device_id)));
}

// What an application service is not linked to a person for.
absl::Status RefuseLinked(const ActingUser& acting) {
  if (acting.appservice_uid.empty() || acting.is_own_user) {
    return absl::OkStatus();
  }
  return matrix::Forbidden(
      "an application service does not manage the account of a person");
}

absl::Status HasNoPassword(const matrix::UserId& user_id) {
  return matrix::Forbidden(absl::StrCat(
      user_id.str(),
      " has no password: it is for its application service to do that"));
}

}  // namespace

absl::Status UnknownDevice(const matrix::UserId& user_id,
                           absl::string_view device_id) {
  return matrix::MakeError(
      absl::StatusCode::kInvalidArgument, "M_UNKNOWN_DEVICE",
      absl::StrCat(user_id.str(), " has no device ", matrix::Quote(device_id)));
}

Credentials::Credentials(UserStore& store, const Clock& clock, ScryptCost cost)
    : store_(store), clock_(clock), cost_(cost) {}

absl::StatusOr<ProofResult> Credentials::Prove(
    const ActingUser& acting, const std::optional<PasswordProof>& proof) {
  CAUSEWAY_RETURN_IF_ERROR(RefuseLinked(acting));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredUser> user,
                            store_.FindUser(acting.user_id));
  if (!user.has_value()) return NoSuchUser(acting.user_id);
  if (user->password_hash.empty()) {
    if (acting.is_own_user) return ProofResult::kAccepted;
    return HasNoPassword(acting.user_id);
  }
  if (!proof.has_value()) return ProofResult::kMissing;
  const bool is_right = proof->user_id == acting.user_id &&
                        proof->password.size() <= kPasswordBytesMax &&
                        VerifyPassword(proof->password, user->password_hash);
  return is_right ? ProofResult::kAccepted : ProofResult::kWrong;
}

absl::StatusOr<ProofResult> Credentials::ChangePassword(
    const ActingUser& acting, const std::optional<PasswordProof>& proof,
    absl::string_view new_password, bool keep_devices) {
  if (acting.is_own_user) return HasNoPassword(acting.user_id);
  CAUSEWAY_ASSIGN_OR_RETURN(const ProofResult result, Prove(acting, proof));
  if (result != ProofResult::kAccepted) return result;
  CAUSEWAY_RETURN_IF_ERROR(CheckPassword("new_password", new_password));
  std::optional<std::string> kept_device_id;
  if (!keep_devices) kept_device_id = acting.device_id;
  const absl::Status set = store_.SetPassword(
      acting.user_id, HashPassword(new_password, cost_), kept_device_id);
  if (absl::IsNotFound(set)) return NoSuchUser(acting.user_id);
  if (!set.ok()) return set;
  return result;
}

absl::StatusOr<ProofResult> Credentials::Deactivate(
    const ActingUser& acting, const std::optional<PasswordProof>& proof,
    DepartureListener& listener) {
  CAUSEWAY_ASSIGN_OR_RETURN(const ProofResult result, Prove(acting, proof));
  if (result != ProofResult::kAccepted) return result;
  CAUSEWAY_RETURN_IF_ERROR(listener.UserDeparts(acting.user_id));
  const absl::Status ended = store_.Deactivate(acting.user_id, clock_.Now());
  if (absl::IsNotFound(ended)) return NoSuchUser(acting.user_id);
  if (!ended.ok()) return ended;
  return result;
}

absl::StatusOr<ProofResult> Credentials::DeleteDevices(
    const ActingUser& acting, const std::optional<PasswordProof>& proof,
    const std::vector<std::string>& device_ids) {
  if (device_ids.size() > kDevicesPerUserMax) {
    return matrix::InvalidParam(
        "devices",
        absl::StrCat("names ", device_ids.size(), " devices; at most ",
                     kDevicesPerUserMax, " are allowed"));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const ProofResult result, Prove(acting, proof));
  if (result != ProofResult::kAccepted) return result;
  CAUSEWAY_RETURN_IF_ERROR(store_.DeleteDevices(acting.user_id, device_ids));
  return result;
}

absl::StatusOr<std::vector<StoredDevice>> Credentials::ListDevices(
    const ActingUser& acting) {
  return store_.ListDevices(acting.user_id);
}

absl::StatusOr<StoredDevice> Credentials::GetDevice(
    const ActingUser& acting, absl::string_view device_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredDevice> device,
                            store_.FindDevice(acting.user_id, device_id));
  if (!device.has_value()) return NoSuchDevice(device_id);
  return *std::move(device);
}

absl::StatusOr<bool> Credentials::PutDevice(
    const ActingUser& acting, const std::string& device_id,
    const std::optional<std::string>& display_name) {
  CAUSEWAY_RETURN_IF_ERROR(RefuseLinked(acting));
  if (device_id.empty()) return matrix::MissingParam("device_id");
  CAUSEWAY_RETURN_IF_ERROR(CheckDeviceRequest(
      {.device_id = device_id, .display_name = display_name.value_or("")}));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredDevice> known,
                            store_.FindDevice(acting.user_id, device_id));
  if (!known.has_value() && acting.is_own_user) {
    const absl::Status created =
        store_.PutDevice({.user_id = acting.user_id,
                          .device_id = device_id,
                          .display_name = display_name.value_or(""),
                          .access_token_sha256 = ""},
                         clock_.Now());
    if (absl::IsNotFound(created)) return NoSuchUser(acting.user_id);
    if (absl::IsResourceExhausted(created)) return TooManyDevices();
    if (!created.ok()) return created;
    return true;
  }
  if (!known.has_value()) return NoSuchDevice(device_id);
  if (known->is_persons &&
      (acting.is_own_user || !acting.token_appservice_uid.empty())) {
    return IsPersonsDevice(acting.user_id, device_id);
  }
  if (display_name.has_value()) {
    const absl::Status renamed =
        store_.RenameDevice(acting.user_id, device_id, *display_name);
    if (absl::IsNotFound(renamed)) return NoSuchDevice(device_id);
    if (!renamed.ok()) return renamed;
  }
  return false;
}

}  // namespace causeway::homeserver
