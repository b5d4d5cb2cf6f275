#ifndef CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_DEVICE_KEYS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_DEVICE_KEYS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/device_keys/device_key_store.h"

namespace causeway::homeserver {

inline constexpr size_t kDeviceKeysBytesMax = 8192;
inline constexpr size_t kClaimableKeyBytesMax = 1024;
inline constexpr size_t kKeyNameBytesMax = 255;  // "algorithm:id".
// Users or devices that one request asks for.
inline constexpr size_t kKeysAskedForMax = 1000;
// Device keys of all users that one request asks for.
inline constexpr size_t kDeviceKeysFoundBytesMax = 33554432;

// The public keys of devices, which clients get from each other to encrypt.
// What is in them is the clients' business: the server can't check it, and
// needn't.
// Source: https://spec.matrix.org/v1.17/client-server-api/#key-distribution
// NOTSPEC: there are no cross-signing keys, and no keys of other servers.
//
// INVALID_ARGUMENT (M_INVALID_PARAM, M_BAD_JSON, M_TOO_LARGE) names the field
// and the bound.
//
// Thread-safe. Calls block on the store.
class DeviceKeys {
 public:
  // `store` must outlive it.
  explicit DeviceKeys(DeviceKeyStore& store);

  // Of the device that `acting` acts as. NOT_FOUND (M_NOT_FOUND) if that has
  // ended; INVALID_ARGUMENT (M_UNKNOWN) for a one-time key that is another one
  // than before; RESOURCE_EXHAUSTED (M_RESOURCE_LIMIT_EXCEEDED).
  absl::StatusOr<KeyCounts> Upload(const ActingUser& acting,
                                   const DeviceKeysUpload& upload);

  // Whose devices; no `device_ids`: all of them.
  struct Wanted {
    std::string user_id;
    std::vector<std::string> device_ids;
  };
  // By user and device ID, with what the server adds to them. INVALID_ARGUMENT
  // (M_TOO_LARGE) above kDeviceKeysFoundBytesMax.
  absl::StatusOr<std::vector<StoredDeviceKeys>> Query(
      const std::vector<Wanted>& wanted);

  absl::StatusOr<std::vector<ClaimedKey>> Claim(std::vector<KeyClaim> claims);

 private:
  DeviceKeyStore& store_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_DEVICE_KEYS_H_
