#include "services/shared/clock/clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace causeway {

absl::Time RealClock::Now() const { return absl::Now(); }

absl::Duration RealClock::MonotonicNow() const {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace causeway
