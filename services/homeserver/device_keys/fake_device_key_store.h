#ifndef CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_FAKE_DEVICE_KEY_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_FAKE_DEVICE_KEY_STORE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/updates/fake_update_log.h"

namespace causeway::homeserver {

// Keys in memory, for tests.
//
// Thread-safe.
class FakeDeviceKeyStore final : public DeviceKeyStore {
 public:
  // Both must outlive the store. `history` tells who shares a room.
  FakeDeviceKeyStore(FakeUpdateLog& log, RoomHistory& history)
      : log_(log), history_(history) {}

  void AddDevice(const std::string& user_id, const std::string& device_id)
      ABSL_LOCKS_EXCLUDED(mu_);
  void RemoveDevice(const std::string& user_id, const std::string& device_id)
      ABSL_LOCKS_EXCLUDED(mu_);

  absl::StatusOr<KeyCounts> Put(const matrix::UserId& user_id,
                                absl::string_view device_id,
                                const DeviceKeysUpload& upload) override
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<StoredDeviceKeys>> Find(
      const std::vector<std::string>& user_ids, size_t bytes_max) override
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<ClaimedKey>> Claim(
      const std::vector<KeyClaim>& claims) override ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::optional<KeysLeft>> FindLeft(
      const matrix::UserId& user_id, absl::string_view device_id) override
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<ListChange> ListChanges(const matrix::UserId& user_id,
                                         const Window& window) override
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // Since when, in each room that both are in at that position.
  absl::StatusOr<std::vector<int64_t>> SharedSince(const std::string& one,
                                                   const std::string& other,
                                                   int64_t at);

  struct Fallback {
    ClaimableKey key;
    bool is_used = false;
  };
  struct Device {
    std::string keys_json;
    std::deque<ClaimableKey> one_time_keys;
    std::map<std::string, Fallback> fallback_keys;  // By algorithm.
    int64_t position = 0;  // 0: it has never given out any.
  };

  static KeyCounts Count(const Device& device);
  static absl::Status AddOneTimeKeys(const std::vector<ClaimableKey>& keys,
                                     Device& device);
  // What a claim gets of `device`, and whether it has less then.
  static std::optional<ClaimableKey> Take(const std::string& algorithm,
                                          Device& device, bool& left_changed);

  void NoteListChange(const std::string& user_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  FakeUpdateLog& log_;
  RoomHistory& history_;
  absl::Mutex mu_;
  // By user and device ID.
  std::map<std::pair<std::string, std::string>, Device> devices_
      ABSL_GUARDED_BY(mu_);
  std::map<std::string, int64_t> lists_ ABSL_GUARDED_BY(mu_);  // By user ID.
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_FAKE_DEVICE_KEY_STORE_H_
