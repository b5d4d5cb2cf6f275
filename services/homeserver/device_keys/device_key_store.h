#ifndef CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_DEVICE_KEY_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_DEVICE_KEY_STORE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// One-time keys that wait to be claimed from one device.
inline constexpr size_t kOneTimeKeysPerDeviceMax = 1000;
// Its fallback keys, of as many algorithms.
inline constexpr size_t kFallbackKeysPerDeviceMax = 10;

struct ClaimableKey {
  std::string algorithm;
  std::string key_id;
  std::string json;

  friend bool operator==(const ClaimableKey&, const ClaimableKey&) = default;
};

// What a device gives out, checked before.
struct DeviceKeysUpload {
  std::optional<std::string> device_keys_json;  // Absent: they stay.
  std::vector<ClaimableKey> one_time_keys;      // Added to those there are.
  std::vector<ClaimableKey> fallback_keys;  // Each in place of its algorithm's.
};

// By algorithm; without those of which there are none.
using KeyCounts = std::map<std::string, int64_t>;

struct StoredDeviceKeys {
  std::string user_id;
  std::string device_id;
  std::string display_name;  // May be empty.
  std::string json;
};

// A key that is wanted of another device.
struct KeyClaim {
  std::string user_id;
  std::string device_id;
  std::string algorithm;
};

struct ClaimedKey {
  std::string user_id;
  std::string device_id;
  ClaimableKey key;
};

// What of a device's own keys is left for others to claim.
struct KeysLeft {
  KeyCounts one_time_counts;
  std::vector<std::string> unused_fallback_algorithms;
  int64_t position = 0;  // When it changed last.
};

// Keeps the public keys of devices; they end with their device. Changes take
// positions of the updates.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class DeviceKeyStore {
 public:
  virtual ~DeviceKeyStore() = default;

  // All or nothing; returns the one-time keys that there are then. A one-time
  // key that is there already changes nothing. NOT_FOUND if there is no such
  // device; ALREADY_EXISTS if another one-time key has that ID;
  // RESOURCE_EXHAUSTED above kOneTimeKeysPerDeviceMax or
  // kFallbackKeysPerDeviceMax.
  virtual absl::StatusOr<KeyCounts> Put(const matrix::UserId& user_id,
                                        absl::string_view device_id,
                                        const DeviceKeysUpload& upload) = 0;

  // The keys of all devices of these users, by user and device ID.
  // RESOURCE_EXHAUSTED if they have more than `bytes_max` bytes.
  virtual absl::StatusOr<std::vector<StoredDeviceKeys>> Find(
      const std::vector<std::string>& user_ids, size_t bytes_max) = 0;

  // Takes one key for each claim that can be met, in their order.
  virtual absl::StatusOr<std::vector<ClaimedKey>> Claim(
      const std::vector<KeyClaim>& claims) = 0;

  // Nullopt for a device that has never given out any key.
  virtual absl::StatusOr<std::optional<KeysLeft>> FindLeft(
      const matrix::UserId& user_id, absl::string_view device_id) = 0;

  // Between what a client knew, and what it is told.
  struct Window {
    int64_t updates_after = 0;
    int64_t updates_up_to = 0;
    int64_t events_after = 0;
    int64_t events_up_to = 0;
  };
  // Whose keys a client has to ask for, and whose it needn't know any more.
  // Both by ID.
  struct ListChange {
    // The user, if their devices' keys have changed, and of those who share a
    // room with them today whoever's keys have, and who has keys and didn't
    // share that room before.
    std::vector<std::string> changed;
    // Who has keys and shares no room with them today, but did until one of the
    // two left it in the window.
    std::vector<std::string> left;
  };
  virtual absl::StatusOr<ListChange> ListChanges(const matrix::UserId& user_id,
                                                 const Window& window) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_DEVICE_KEY_STORE_H_
