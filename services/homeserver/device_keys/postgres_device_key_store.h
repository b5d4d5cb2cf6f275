#ifndef CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_POSTGRES_DEVICE_KEY_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_POSTGRES_DEVICE_KEY_STORE_H_

#include <cstddef>
#include <functional>

#include "services/homeserver/device_keys/device_key_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// On the tables of migrations/0040_device_keys.sql and the rooms' state.
//
// Thread-safe.
class PostgresDeviceKeyStore final : public DeviceKeyStore {
 public:
  // `pool` must outlive the store. `committed` is called after each change.
  PostgresDeviceKeyStore(postgres::Pool& pool, std::function<void()> committed);

  absl::StatusOr<KeyCounts> Put(const matrix::UserId& user_id,
                                absl::string_view device_id,
                                const DeviceKeysUpload& upload) override;
  absl::StatusOr<std::vector<StoredDeviceKeys>> Find(
      const std::vector<std::string>& user_ids, size_t bytes_max) override;
  absl::StatusOr<std::vector<ClaimedKey>> Claim(
      const std::vector<KeyClaim>& claims) override;
  absl::StatusOr<std::optional<KeysLeft>> FindLeft(
      const matrix::UserId& user_id, absl::string_view device_id) override;
  absl::StatusOr<ListChange> ListChanges(const matrix::UserId& user_id,
                                         const Window& window) override;

 private:
  postgres::Pool& pool_;
  const std::function<void()> committed_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_DEVICE_KEYS_POSTGRES_DEVICE_KEY_STORE_H_
