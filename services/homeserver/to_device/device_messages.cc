#include "services/homeserver/to_device/device_messages.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;
using Kind = registry_watch::RegistrySnapshot::Kind;

constexpr size_t kNameBytesMax = 255;

absl::Status CheckName(absl::string_view field, absl::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax ||
      absl::StrContains(name, '\0')) {
    return matrix::InvalidParam(field,
                                absl::StrCat("must have 1 to ", kNameBytesMax,
                                             " bytes, none of them U+0000"));
  }
  return absl::OkStatus();
}

// Whether an application service gets what is sent to the user.
bool IsForAppservice(const registry_watch::RegistrySnapshot& registry,
                     const matrix::UserId& user_id) {
  const auto interested = registry.Interested(Kind::kUsers, user_id.str());
  return std::any_of(interested.begin(), interested.end(),
                     [](const registry_watch::Registration* appservice) {
                       return appservice->receive_ephemeral &&
                              !appservice->url.empty();
                     });
}

}  // namespace

DeviceMessages::DeviceMessages(ToDeviceStore& store) : store_(store) {}

absl::Status DeviceMessages::Send(
    const registry_watch::RegistrySnapshot& registry, const ActingUser& sender,
    const std::string& type, const std::string& txn_id,
    const std::vector<ToDeviceRequest>& requests) {
  CAUSEWAY_RETURN_IF_ERROR(CheckName("eventType", type));
  CAUSEWAY_RETURN_IF_ERROR(CheckName("txnId", txn_id));
  if (requests.size() > kMessagesPerRequestMax) {
    return matrix::InvalidParam(
        "messages", absl::StrCat("are at most ", kMessagesPerRequestMax));
  }
  std::vector<MessageToDevice> for_devices;
  std::vector<std::string> for_appservices;
  for (const ToDeviceRequest& request : requests) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        matrix::UserId user_id,
        matrix::UserId::Parse(request.user_id, "messages"));
    CAUSEWAY_RETURN_IF_ERROR(CheckName("messages", request.device_id));
    CAUSEWAY_ASSIGN_OR_RETURN(Json content,
                              matrix::ParseObject(request.content_json));
    Json message = {{"type", type},
                    {"sender", sender.user_id.str()},
                    {"content", std::move(content)}};
    std::string json = matrix::DumpJson(message);
    message["to_user_id"] = request.user_id;
    message["to_device_id"] = request.device_id;
    std::string pushed = matrix::DumpJson(message);
    if (pushed.size() > kToDeviceBytesMax) {
      return matrix::TooLarge("the message", kToDeviceBytesMax);
    }
    if (IsForAppservice(registry, user_id)) {
      for_appservices.push_back(std::move(pushed));
    }
    for_devices.push_back({.user_id = std::move(user_id),
                           .device_id = request.device_id,
                           .json = std::move(json)});
  }
  return store_
      .Send({.scope = sender.txn_scope, .type = type, .txn_id = txn_id},
            for_devices, for_appservices)
      .status();
}

}  // namespace causeway::homeserver
