#include "services/gateway/credential_json.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/gateway/interactive_auth.h"
#include "services/gateway/raw_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using matrix::Json;

// Puts the proof that `body` has into `request`, if it has one.
template <typename Request>
absl::Status AddProof(const Json& body, Request& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<pb::PasswordProof> proof,
                            ParsePasswordProof(body));
  if (proof.has_value()) *request.mutable_proof() = *std::move(proof);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<pb::ChangePasswordRequest> ParseChangePassword(
    absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  pb::ChangePasswordRequest request;
  CAUSEWAY_RETURN_IF_ERROR(AddProof(json, request));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> new_password,
                            matrix::GetOptionalString(json, "new_password"));
  if (request.has_proof() && !new_password.has_value()) {
    return matrix::MissingParam("new_password");
  }
  request.set_new_password(std::move(new_password).value_or(""));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<bool> logout_devices,
                            matrix::GetOptionalBool(json, "logout_devices"));
  request.set_keep_devices(!logout_devices.value_or(true));
  return request;
}

absl::StatusOr<pb::DeactivateUserRequest> ParseDeactivateUser(
    absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  pb::DeactivateUserRequest request;
  CAUSEWAY_RETURN_IF_ERROR(AddProof(json, request));
  return request;
}

absl::StatusOr<pb::DeleteDevicesRequest> ParseDeleteDevices(
    absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  pb::DeleteDevicesRequest request;
  CAUSEWAY_RETURN_IF_ERROR(AddProof(json, request));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* devices,
                            matrix::GetArray(json, "devices"));
  for (const Json& device : *devices) {
    if (!device.is_string()) {
      return matrix::BadJson("devices", "expected strings");
    }
    request.add_device_ids(device.get<std::string>());
  }
  return request;
}

absl::StatusOr<pb::DeleteDevicesRequest> ParseDeleteDevice(
    absl::string_view body, absl::string_view device_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  pb::DeleteDevicesRequest request;
  CAUSEWAY_RETURN_IF_ERROR(AddProof(json, request));
  request.add_device_ids(std::string(device_id));
  return request;
}

absl::StatusOr<pb::PutDeviceRequest> ParsePutDevice(
    absl::string_view body, absl::string_view device_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  pb::PutDeviceRequest request;
  request.mutable_device()->set_device_id(std::string(device_id));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> display_name,
                            matrix::GetOptionalString(json, "display_name"));
  request.set_has_display_name(display_name.has_value());
  request.mutable_device()->set_display_name(
      std::move(display_name).value_or(""));
  return request;
}

std::string DeviceAnswer(const pb::Device& device) {
  JsonObjectWriter answer;
  answer.AddString("device_id", device.device_id());
  if (!device.display_name().empty()) {
    answer.AddString("display_name", device.display_name());
  }
  return answer.str();
}

std::string DevicesAnswer(const pb::ListDevicesResponse& response) {
  const std::string devices = absl::StrJoin(
      response.devices(), ",", [](std::string* out, const pb::Device& device) {
        absl::StrAppend(out, DeviceAnswer(device));
      });
  return JsonObjectWriter()
      .Add("devices", absl::StrCat("[", devices, "]"))
      .str();
}

}  // namespace causeway::gateway
