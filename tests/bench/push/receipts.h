#ifndef CAUSEWAY_TESTS_BENCH_PUSH_RECEIPTS_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_RECEIPTS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/bench/push/audience.h"

namespace causeway::bench {

// What one transaction held: `event_count` events from `first` to `last`.
struct Transaction {
  int appservice = 0;
  int64_t first = 0;
  int64_t last = 0;
  int64_t event_count = 0;
};

// What the application services have acknowledged, checked to be each one's
// events, all and in order: a rate counts nothing that should not have come.
//
// Thread-safe.
class Receipts {
 public:
  struct Counts {
    int64_t deliveries = 0;  // Pairs of an event and an application service.
    int64_t transactions = 0;
    int64_t repeated_events = 0;  // Had been acknowledged before.
    absl::Duration last_at;       // By the monotonic clock.
  };

  // Called with each transaction that is not a repetition, before it is
  // answered, on the thread that takes it.
  using Listener =
      std::function<void(const Transaction&, absl::Duration received_at)>;

  explicit Receipts(int appservice_count);

  // A run begins: everything is at zero again. What came before is complete.
  void Expect(const Audience& audience, Listener listener = nullptr)
      ABSL_LOCKS_EXCLUDED(mu_);

  void Take(const Transaction& transaction, absl::Duration received_at)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Something that is no transaction came.
  void TakeProblem(absl::string_view problem) ABSL_LOCKS_EXCLUDED(mu_);

  Counts counts() const ABSL_LOCKS_EXCLUDED(mu_);

  // Returns when there are `deliveries`. Ends the process, saying why, if there
  // has been a problem, or if nothing new comes for `patience`.
  Counts Await(int64_t deliveries, absl::Duration patience) const
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Problem(std::string problem) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  Audience audience_ ABSL_GUARDED_BY(mu_);
  Listener listener_ ABSL_GUARDED_BY(mu_);
  // By application service: the position that it must get next.
  std::vector<int64_t> next_ ABSL_GUARDED_BY(mu_);
  Counts counts_ ABSL_GUARDED_BY(mu_);
  std::string problem_ ABSL_GUARDED_BY(mu_);  // The first one.
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_RECEIPTS_H_
