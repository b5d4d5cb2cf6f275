#ifndef CAUSEWAY_SERVICES_GATEWAY_UPDATE_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_UPDATE_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/homeserver.pb.h"

// Typing, receipts, presence and messages to devices, between the client-server
// API's JSON and the homeserver's messages. Only types are judged here.
// Parse functions fail with INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON,
// M_MISSING_PARAM), naming the field; principals and what stands in the path
// are still to be filled in.
namespace causeway::gateway {

absl::StatusOr<homeserver::v1::SetTypingRequest> ParseTyping(
    absl::string_view body);

// The `thread_id` of POST /rooms/{room_id}/receipt/..., whose body may be
// missing. Empty: none.
absl::StatusOr<std::string> ParseReceiptThread(absl::string_view body);

absl::StatusOr<homeserver::v1::SendReceiptsRequest> ParseReadMarkers(
    absl::string_view body);

absl::StatusOr<homeserver::v1::SetPresenceRequest> ParsePresence(
    absl::string_view body);
std::string PresenceAnswer(const homeserver::v1::GetPresenceResponse& presence);

absl::StatusOr<homeserver::v1::SendToDeviceRequest> ParseToDevice(
    absl::string_view body);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_UPDATE_JSON_H_
