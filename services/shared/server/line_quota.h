#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_LINE_QUOTA_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_LINE_QUOTA_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"

namespace causeway::server {

// How many lines about requests may be logged: at full load the log would cost
// more than the answers. Who takes counts what it was refused in a metric.
//
// Thread-safe.
class LineQuota {
 public:
  // `clock` must outlive the quota.
  LineQuota(int lines_per_second_max, const Clock& clock);

  // Whether one more line may be written in this second.
  bool Take() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  const int lines_per_second_max_;
  const Clock& clock_;
  absl::Mutex mu_;
  absl::Duration second_start_ ABSL_GUARDED_BY(mu_) = -absl::InfiniteDuration();
  int line_count_ ABSL_GUARDED_BY(mu_) = 0;  // Since then.
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_LINE_QUOTA_H_
