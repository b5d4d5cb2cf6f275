#ifndef CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_POSTGRES_TO_DEVICE_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_POSTGRES_TO_DEVICE_STORE_H_

#include <functional>

#include "services/homeserver/to_device/to_device_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// On the tables of migrations/0032_to_device.sql and the stream.
//
// Thread-safe.
class PostgresToDeviceStore final : public ToDeviceStore {
 public:
  // `pool`, which prepares room_sql::Statements(), must outlive the store.
  // `committed` is called after each change of what waits for devices,
  // `published` after each of the stream.
  PostgresToDeviceStore(postgres::Pool& pool, std::function<void()> committed,
                        std::function<void()> published);

  absl::StatusOr<bool> Send(
      const ToDeviceTxn& txn, const std::vector<MessageToDevice>& messages,
      const std::vector<std::string>& for_appservices) override;
  absl::StatusOr<Page> Receive(const matrix::UserId& user_id,
                               absl::string_view device_id,
                               int64_t acknowledged, int64_t up_to,
                               int limit) override;

 private:
  postgres::Pool& pool_;
  const std::function<void()> committed_;
  const std::function<void()> published_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_POSTGRES_TO_DEVICE_STORE_H_
