#ifndef CAUSEWAY_SERVICES_GATEWAY_CREDENTIAL_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_CREDENTIAL_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/credentials.pb.h"

// Passwords and devices, between the client-server API's JSON and the
// homeserver's messages. Only types are judged here. Parse functions fail with
// INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON, M_MISSING_PARAM), naming the field.
namespace causeway::gateway {

// The bodies of POST /account/password, /account/deactivate, /delete_devices,
// and of DELETE and PUT /devices/{device_id}.
// Without a proof nothing else is demanded: the first round often has nothing.
absl::StatusOr<homeserver::v1::ChangePasswordRequest> ParseChangePassword(
    absl::string_view body);
absl::StatusOr<homeserver::v1::DeactivateUserRequest> ParseDeactivateUser(
    absl::string_view body);
absl::StatusOr<homeserver::v1::DeleteDevicesRequest> ParseDeleteDevices(
    absl::string_view body);
absl::StatusOr<homeserver::v1::DeleteDevicesRequest> ParseDeleteDevice(
    absl::string_view body, absl::string_view device_id);
absl::StatusOr<homeserver::v1::PutDeviceRequest> ParsePutDevice(
    absl::string_view body, absl::string_view device_id);

std::string DeviceAnswer(const homeserver::v1::Device& device);
std::string DevicesAnswer(const homeserver::v1::ListDevicesResponse& response);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_CREDENTIAL_JSON_H_
