#ifndef CAUSEWAY_SERVICES_SHARED_CLOCK_CLOCK_H_
#define CAUSEWAY_SERVICES_SHARED_CLOCK_CLOCK_H_

#include "absl/time/time.h"

namespace causeway {

// Where time comes from. Whatever waits, expires or is stamped takes a Clock&,
// so that a test can move time by hand (fake_clock.h).
//
// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // The time of day: for stamps that people and other servers read. It may jump
  // in either direction, so it never decides how long something has lasted.
  virtual absl::Time Now() const = 0;

  // Time since some fixed point of this process. It never goes back: intervals,
  // timeouts and "is that replica dead?" are reckoned with it.
  virtual absl::Duration MonotonicNow() const = 0;
};

// The machine's clocks. Has no state: any two are the same.
class RealClock final : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration MonotonicNow() const override;
};

}  // namespace causeway

#endif  // CAUSEWAY_SERVICES_SHARED_CLOCK_CLOCK_H_
