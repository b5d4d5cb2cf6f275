// What may be spent on one question about namespaces.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_EFFORT_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_EFFORT_H_

#include <cstdint>

namespace causeway::namespaces {

// Counts steps, each of a few nanoseconds and a few bytes at most. Not time:
// the same question has the same answer on every machine.
//
// Thread-compatible.
class Effort {
 public:
  explicit Effort(int64_t steps_max) : steps_max_(steps_max) {}

  // Whether that was still within the bound.
  bool Spend(int64_t steps) {
    steps_ += steps;
    return steps_ <= steps_max_;
  }
  bool is_exhausted() const { return steps_ > steps_max_; }
  int64_t steps() const { return steps_; }

 private:
  const int64_t steps_max_;
  int64_t steps_ = 0;
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_EFFORT_H_
