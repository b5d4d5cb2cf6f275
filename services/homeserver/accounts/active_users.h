#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACTIVE_USERS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACTIVE_USERS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"

namespace causeway::homeserver {

// Users that the database has just been seen to have, so that the many messages
// of one ghost don't each ask for it again. What this process deactivates is
// forgotten at once; of what another one does, nothing is heard.
//
// Thread-safe.
class ActiveUsers {
 public:
  // How long a user is remembered after it has been seen.
  static constexpr absl::Duration kAgeMax = absl::Seconds(1);
  // About 2 MB. Above it all are forgotten.
  static constexpr size_t kCountMax = 10000;

  // `clock` must outlive it.
  explicit ActiveUsers(const Clock& clock) : clock_(clock) {}

  bool Contains(absl::string_view user_id) const ABSL_LOCKS_EXCLUDED(mu_);

  // A moment before the database is asked.
  int64_t RemovalCount() const ABSL_LOCKS_EXCLUDED(mu_);
  // It was there and active. Does nothing if there has been a removal since
  // `removal_count`: it may have been of this one.
  void Add(absl::string_view user_id, int64_t removal_count)
      ABSL_LOCKS_EXCLUDED(mu_);

  // To be called after the database has been changed, or may have been.
  void Remove(absl::string_view user_id) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  const Clock& clock_;
  mutable absl::Mutex mu_;
  // Until when, by the monotonic clock.
  absl::flat_hash_map<std::string, absl::Duration> ends_ ABSL_GUARDED_BY(mu_);
  int64_t removal_count_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACTIVE_USERS_H_
