#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_TOTALS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_TOTALS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// A number that one thread at a time counts up, without a lock or a locked
// instruction, and any thread may read.
class Total {
 public:
  Total() = default;
  Total(const Total& other) : value_(other.value()) {}
  Total& operator=(const Total& other) {
    value_.store(other.value(), std::memory_order_relaxed);
    return *this;
  }
  ~Total() = default;

  void Add(int64_t count = 1) {
    value_.store(value() + count, std::memory_order_relaxed);
  }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_ = 0;
};

// The upper bounds of all buckets but the last, in seconds: answers at once, is
// slow, is very slow, nearly times out.
inline constexpr std::array<double, 4> kAttemptSecondsBuckets = {0.01, 0.1, 1,
                                                                 10};
inline constexpr size_t kAttemptOutcomeCount =
    static_cast<size_t>(AttemptOutcome::kCancelled) + 1;
inline constexpr size_t kSettlementKindCount =
    static_cast<size_t>(Settlement::Kind::kDropped) + 1;

// What a process has seen of one queue since it first owned it, but for what is
// ephemeral. Counted by the delivery loop, one thread at a time; a copy may mix
// moments that are a few transactions apart.
struct QueueTotals {
  std::array<Total, kAttemptOutcomeCount> attempts;  // By AttemptOutcome.
  std::array<Total, kAttemptSecondsBuckets.size() + 1> attempts_by_bucket;
  Total attempt_nanoseconds;
  std::array<Total, kSettlementKindCount> settled;  // By Settlement::Kind.
  Total moves;                                      // It became ours.
  Total retakes;  // It was ours, and taken again: an act has changed it.

  void AddAttempt(AttemptOutcome outcome, absl::Duration elapsed) {
    attempts[static_cast<size_t>(outcome)].Add();
    const double seconds = absl::ToDoubleSeconds(elapsed);
    size_t bucket = 0;
    while (bucket < kAttemptSecondsBuckets.size() &&
           seconds > kAttemptSecondsBuckets[bucket]) {
      ++bucket;
    }
    attempts_by_bucket[bucket].Add();
    attempt_nanoseconds.Add(absl::ToInt64Nanoseconds(elapsed));
  }
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_TOTALS_H_
