#include "services/gateway/update_json.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/raw_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using matrix::Json;

}  // namespace

absl::StatusOr<pb::SetTypingRequest> ParseTyping(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  CAUSEWAY_ASSIGN_OR_RETURN(const bool typing, matrix::GetBool(json, "typing"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<int64_t> timeout_ms,
                            matrix::GetOptionalInt(json, "timeout"));
  pb::SetTypingRequest request;
  request.set_typing(typing);
  request.set_timeout_ms(timeout_ms.value_or(0));
  return request;
}

absl::StatusOr<std::string> ParseReceiptThread(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> thread_id,
                            matrix::GetOptionalString(json, "thread_id"));
  return std::move(thread_id).value_or("");
}

absl::StatusOr<pb::SendReceiptsRequest> ParseReadMarkers(
    absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  pb::SendReceiptsRequest request;
  for (const char* type : {"m.fully_read", "m.read", "m.read.private"}) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> event_id,
                              matrix::GetOptionalString(json, type));
    if (!event_id.has_value()) continue;
    pb::SendReceiptsRequest::Receipt& receipt = *request.add_receipts();
    receipt.set_type(type);
    receipt.set_event_id(*std::move(event_id));
  }
  return request;
}

absl::StatusOr<pb::SetPresenceRequest> ParsePresence(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  CAUSEWAY_ASSIGN_OR_RETURN(std::string presence,
                            matrix::GetString(json, "presence"));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> status_msg,
                            matrix::GetOptionalString(json, "status_msg"));
  pb::SetPresenceRequest request;
  request.set_presence(std::move(presence));
  request.set_status_msg(std::move(status_msg).value_or(""));
  return request;
}

std::string PresenceAnswer(const pb::GetPresenceResponse& presence) {
  JsonObjectWriter answer;
  answer.AddString("presence", presence.presence());
  if (!presence.status_msg().empty()) {
    answer.AddString("status_msg", presence.status_msg());
  }
  if (presence.has_last_active_ago()) {
    answer.Add("last_active_ago", absl::StrCat(presence.last_active_ago_ms()));
  }
  answer.Add("currently_active",
             presence.currently_active() ? "true" : "false");
  return answer.str();
}

absl::StatusOr<pb::SendToDeviceRequest> ParseToDevice(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* messages,
                            matrix::GetObject(json, "messages"));
  pb::SendToDeviceRequest request;
  for (const auto& [user_id, by_device] : messages->items()) {
    if (!by_device.is_object()) {
      return matrix::BadJson("messages", "expected an object for each user");
    }
    for (const auto& [device_id, content] : by_device.items()) {
      if (!content.is_object()) {
        return matrix::BadJson("messages",
                               "expected an object for each device");
      }
      pb::SendToDeviceRequest::Message& message = *request.add_messages();
      message.set_user_id(user_id);
      message.set_device_id(device_id);
      message.set_content_json(matrix::DumpJson(content));
    }
  }
  return request;
}

}  // namespace causeway::gateway
