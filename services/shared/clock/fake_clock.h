#ifndef CAUSEWAY_SERVICES_SHARED_CLOCK_FAKE_CLOCK_H_
#define CAUSEWAY_SERVICES_SHARED_CLOCK_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"

namespace causeway {

// A clock that stands still until a test moves it.
//
// Thread-safe.
class FakeClock final : public Clock {
 public:
  // Starts on a date that no test should depend on, long after the epoch.
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1421416800));

  absl::Time Now() const override ABSL_LOCKS_EXCLUDED(mu_);
  absl::Duration MonotonicNow() const override ABSL_LOCKS_EXCLUDED(mu_);

  // Time passes, on both clocks. A negative `duration` counts as zero.
  void AdvanceTime(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mu_);

  // Somebody sets the time of day, which the monotonic clock does not see.
  void SetTime(absl::Time now) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  mutable absl::Mutex mu_;
  absl::Time now_ ABSL_GUARDED_BY(mu_);
  absl::Duration monotonic_now_ ABSL_GUARDED_BY(mu_) = absl::Hours(1);
};

}  // namespace causeway

#endif  // CAUSEWAY_SERVICES_SHARED_CLOCK_FAKE_CLOCK_H_
