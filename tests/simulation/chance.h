#ifndef CAUSEWAY_TESTS_SIMULATION_CHANCE_H_
#define CAUSEWAY_TESTS_SIMULATION_CHANCE_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace causeway::push::simulation {

// All chance of one schedule, drawn from its seed (SplitMix64): the same on
// every machine and in every standard library, or a seed would replay nothing.
//
// Thread-compatible.
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // In [0, bound); `bound` is at least 1.
  int64_t Below(int64_t bound) {
    return static_cast<int64_t>(Next() % static_cast<uint64_t>(bound));
  }
  size_t Index(size_t size) { return static_cast<size_t>(Next() % size); }
  // Both included.
  int64_t Between(int64_t low, int64_t high) {
    return low + Below(high - low + 1);
  }
  absl::Duration Between(absl::Duration low, absl::Duration high) {
    return absl::Nanoseconds(
        Between(absl::ToInt64Nanoseconds(low), absl::ToInt64Nanoseconds(high)));
  }
  // 0: never.
  bool OneIn(int64_t n) { return n > 0 && Below(n) == 0; }
  // In [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

 private:
  uint64_t state_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_CHANCE_H_
