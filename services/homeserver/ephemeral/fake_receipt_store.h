#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_FAKE_RECEIPT_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_FAKE_RECEIPT_STORE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/ephemeral/receipt_store.h"
#include "services/homeserver/updates/fake_update_log.h"

namespace causeway::homeserver {

// Receipts in memory, for tests.
//
// Thread-safe.
class FakeReceiptStore final : public ReceiptStore {
 public:
  // `log` must outlive the store.
  explicit FakeReceiptStore(FakeUpdateLog& log) : log_(log) {}

  absl::StatusOr<bool> Put(const Receipt& receipt) override
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<Receipt>> ListAfter(
      const std::vector<std::string>& room_ids, const matrix::UserId& viewer,
      int64_t after, int64_t up_to, int limit) override
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  FakeUpdateLog& log_;
  absl::Mutex mu_;
  // With their positions, ascending.
  std::vector<std::pair<int64_t, Receipt>> receipts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_FAKE_RECEIPT_STORE_H_
