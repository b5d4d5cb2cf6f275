#ifndef CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_DEVICE_MESSAGES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_DEVICE_MESSAGES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/to_device/to_device_store.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::homeserver {

inline constexpr size_t kMessagesPerRequestMax = 1000;
inline constexpr size_t kToDeviceBytesMax = 65536;

// One message that somebody wants sent.
struct ToDeviceRequest {
  std::string user_id;
  std::string device_id;  // Or kAllDevices.
  std::string content_json;
};

// Sends messages to devices: to people's, who sync, and to users of application
// services, which get them pushed.
// Source: https://spec.matrix.org/v1.17/client-server-api/#send-to-device-messaging
//
// An application service knows the devices of its users, we don't: it is told
// the device's name as the sender gave it, also "*".
//
// Thread-safe. Calls block on the store.
class DeviceMessages {
 public:
  // `store` must outlive it.
  explicit DeviceMessages(ToDeviceStore& store);

  // All of them, once for each `txn_id`. INVALID_ARGUMENT (M_INVALID_PARAM,
  // M_BAD_JSON, M_TOO_LARGE) names the field and the bound.
  absl::Status Send(const registry_watch::RegistrySnapshot& registry,
                    const ActingUser& sender, const std::string& type,
                    const std::string& txn_id,
                    const std::vector<ToDeviceRequest>& requests);

 private:
  ToDeviceStore& store_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_DEVICE_MESSAGES_H_
