#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_FAKE_ACCOUNT_DATA_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_FAKE_ACCOUNT_DATA_STORE_H_

#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/account_data/account_data_store.h"
#include "services/homeserver/updates/fake_update_log.h"

namespace causeway::homeserver {

// Account data in memory, for tests. Every user exists whose name doesn't begin
// with "@nobody".
//
// Thread-safe.
class FakeAccountDataStore final : public AccountDataStore {
 public:
  // `log` must outlive the store.
  explicit FakeAccountDataStore(FakeUpdateLog& log) : log_(log) {}

  absl::Status Put(const matrix::UserId& user_id, const AccountDataPlace& place,
                   Change change) override ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::optional<std::string>> Find(
      const matrix::UserId& user_id, const AccountDataPlace& place) override
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<AccountData>> ListAfter(
      const matrix::UserId& user_id, int64_t after, int64_t up_to) override
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Kept {
    std::string content_json;
    int64_t position = 0;
  };

  FakeUpdateLog& log_;
  absl::Mutex mu_;
  std::map<std::string, std::map<AccountDataPlace, Kept>> by_user_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_FAKE_ACCOUNT_DATA_STORE_H_
