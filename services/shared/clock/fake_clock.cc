#include "services/shared/clock/fake_clock.h"

#include <algorithm>

namespace causeway {

FakeClock::FakeClock(absl::Time now) : now_(now) {}

absl::Time FakeClock::Now() const {
  absl::MutexLock lock(&mu_);
  return now_;
}

absl::Duration FakeClock::MonotonicNow() const {
  absl::MutexLock lock(&mu_);
  return monotonic_now_;
}

void FakeClock::AdvanceTime(absl::Duration duration) {
  absl::MutexLock lock(&mu_);
  duration = std::max(duration, absl::ZeroDuration());
  now_ += duration;
  monotonic_now_ += duration;
}

void FakeClock::SetTime(absl::Time now) {
  absl::MutexLock lock(&mu_);
  now_ = now;
}

}  // namespace causeway
