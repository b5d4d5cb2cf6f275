#ifndef CAUSEWAY_SERVICES_GATEWAY_KEY_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_KEY_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/keys.pb.h"

// The keys of devices, between the client-server API's JSON and the
// homeserver's messages. Only types are judged here. Parse functions fail with
// INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON, M_MISSING_PARAM), naming the field;
// principals are still to be filled in.
namespace causeway::gateway {

absl::StatusOr<homeserver::v1::UploadKeysRequest> ParseUploadKeys(
    absl::string_view body);
std::string UploadKeysAnswer(
    const homeserver::v1::UploadKeysResponse& response);

absl::StatusOr<homeserver::v1::QueryKeysRequest> ParseQueryKeys(
    absl::string_view body);
std::string QueryKeysAnswer(const homeserver::v1::QueryKeysResponse& response);

absl::StatusOr<homeserver::v1::ClaimKeysRequest> ParseClaimKeys(
    absl::string_view body);
std::string ClaimKeysAnswer(const homeserver::v1::ClaimKeysResponse& response);

std::string KeyChangesAnswer(
    const homeserver::v1::GetKeyChangesResponse& response);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_KEY_JSON_H_
