#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_FILTER_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_FILTER_STORE_H_

#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/accounts/filter_store.h"

namespace causeway::homeserver {

// A FilterStore in memory, for tests.
//
// Thread-safe.
class FakeFilterStore final : public FilterStore {
 public:
  // From now on the user exists.
  void AddUser(const matrix::UserId& user_id) ABSL_LOCKS_EXCLUDED(mu_);

  absl::Status PutFilter(const matrix::UserId& user_id,
                         absl::string_view filter_id,
                         absl::string_view filter_json, absl::Time create_time)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  absl::StatusOr<std::optional<std::string>> FindFilter(
      const matrix::UserId& user_id, absl::string_view filter_id)
      ABSL_LOCKS_EXCLUDED(mu_) override;

 private:
  absl::Mutex mu_;
  // By user ID, then by filter ID.
  std::map<std::string, std::map<std::string, std::string>> filters_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FAKE_FILTER_STORE_H_
