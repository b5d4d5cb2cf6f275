#ifndef CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_TO_DEVICE_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_TO_DEVICE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Messages that wait for one device. Beyond, the oldest are dropped: a device
// that nobody uses any more mustn't keep others from sending.
inline constexpr int kMessagesPerDeviceMax = 1000;

inline constexpr char kAllDevices[] = "*";

// By what a client's repeated request is known again.
struct ToDeviceTxn {
  std::string scope;  // ActingUser::txn_scope.
  std::string type;
  std::string txn_id;
};

struct MessageToDevice {
  matrix::UserId user_id;
  std::string device_id;  // Or kAllDevices.
  std::string json;       // As the device gets it.
};

// Keeps messages to devices until they are acknowledged, and appends those to
// application services to the stream of events.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class ToDeviceStore {
 public:
  virtual ~ToDeviceStore() = default;

  // All of it or nothing. A message to a device that doesn't exist goes
  // nowhere. `for_appservices` as causeway.push.v1.Record.to_device_json, in
  // order. False: it was sent with `txn` before, and nothing happens.
  virtual absl::StatusOr<bool> Send(
      const ToDeviceTxn& txn, const std::vector<MessageToDevice>& messages,
      const std::vector<std::string>& for_appservices) = 0;

  struct Page {
    std::vector<std::string> jsons;
    // Up to here the device has been told: `up_to`, or the last message's
    // position when there are more.
    int64_t position = 0;
  };
  // Drops what the device has acknowledged, up to position `acknowledged`, and
  // returns what came after that up to `up_to`: the oldest, at most `limit`.
  virtual absl::StatusOr<Page> Receive(const matrix::UserId& user_id,
                                       absl::string_view device_id,
                                       int64_t acknowledged, int64_t up_to,
                                       int limit) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_TO_DEVICE_STORE_H_
