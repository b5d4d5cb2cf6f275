#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_POSTGRES_RECEIPT_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_POSTGRES_RECEIPT_STORE_H_

#include <functional>

#include "services/homeserver/ephemeral/receipt_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// On the table of migrations/0031_receipts.sql.
//
// Thread-safe.
class PostgresReceiptStore final : public ReceiptStore {
 public:
  // `pool` must outlive the store. `committed` is called after each change.
  PostgresReceiptStore(postgres::Pool& pool, std::function<void()> committed);

  absl::StatusOr<bool> Put(const Receipt& receipt) override;
  absl::StatusOr<std::vector<Receipt>> ListAfter(
      const std::vector<std::string>& room_ids, const matrix::UserId& viewer,
      int64_t after, int64_t up_to, int limit) override;

 private:
  postgres::Pool& pool_;
  const std::function<void()> committed_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_POSTGRES_RECEIPT_STORE_H_
