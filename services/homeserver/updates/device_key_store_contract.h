#ifndef CAUSEWAY_SERVICES_HOMESERVER_UPDATES_DEVICE_KEY_STORE_CONTRACT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_UPDATES_DEVICE_KEY_STORE_CONTRACT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/updates/update_stores.h"

namespace causeway::homeserver {

// What a store of device keys must do, on whatever it keeps them:
// device_key_store_contract.cc.
class DeviceKeyStoreContract : public UpdateStoreContract {
 protected:
  absl::StatusOr<KeyCounts> Put(const DeviceKeysUpload& upload,
                                const char* device = "PHONE") {
    return store_.Put(User("@alice:hs"), device, upload);
  }
  absl::StatusOr<KeyCounts> PutOneTimeKeys(
      const std::vector<ClaimableKey>& keys) {
    return Put({std::nullopt, keys, {}});
  }
  absl::StatusOr<std::vector<StoredDeviceKeys>> Find(
      const std::vector<std::string>& user_ids) {
    return store_.Find(user_ids, 1 << 20);
  }
  // The key of alice's phone that a claim gets. Empty: none.
  std::string Claim(const char* algorithm) {
    const std::vector<ClaimedKey> claimed =
        store_.Claim({{"@alice:hs", "PHONE", algorithm}}).value();
    return claimed.empty()
               ? ""
               : absl::StrCat(claimed[0].key.key_id, claimed[0].key.json);
  }
  KeysLeft Left() {
    return store_.FindLeft(User("@alice:hs"), "PHONE")->value();
  }
  int64_t LastUpdate() { return stores_.log->LastPosition().value(); }
  int64_t LastEvent() { return stores_.history->LastPosition().value(); }
  // Whose lists changed for `viewer` after what was there.
  std::vector<std::string> Changes(const char* viewer, int64_t updates_after,
                                   int64_t events_after) {
    return ListChanges(viewer, updates_after, events_after).changed;
  }
  // Who shares no room with `viewer` any more.
  std::vector<std::string> Gone(const char* viewer, int64_t events_after) {
    return ListChanges(viewer, LastUpdate(), events_after).left;
  }
  DeviceKeyStore::ListChange ListChanges(const char* viewer,
                                         int64_t updates_after,
                                         int64_t events_after) {
    return store_
        .ListChanges(User(viewer), {.updates_after = updates_after,
                                    .updates_up_to = LastUpdate(),
                                    .events_after = events_after,
                                    .events_up_to = LastEvent()})
        .value();
  }

  DeviceKeyStore& store_ = *stores_.device_keys;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_UPDATES_DEVICE_KEY_STORE_CONTRACT_H_
