#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_CLOCK_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_CLOCK_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/simulation/chance.h"

namespace causeway::push::simulation {

// Simulated time: everything that will happen stands in one queue, ordered by
// (time, order of scheduling), and nothing happens but what is taken from it.
// So a seed tells a whole story.
//
// Thread-compatible.
class SimClock {
 public:
  using Action = std::function<void()>;

  // `trace`: receives a line for each thing that is told; null for none.
  explicit SimClock(uint64_t seed, std::vector<std::string>* trace = nullptr)
      : chance_(seed), trace_(trace) {}
  SimClock(const SimClock&) = delete;
  SimClock& operator=(const SimClock&) = delete;

  absl::Duration now() const { return now_; }
  Chance& chance() { return chance_; }
  int64_t step_count() const { return step_count_; }

  void After(absl::Duration delay, Action action) {
    queue_.push_back({now_ + delay, ++last_order_, std::move(action)});
    std::push_heap(queue_.begin(), queue_.end(), Later);
  }

  // Lets the next thing happen.
  void Step() {
    std::pop_heap(queue_.begin(), queue_.end(), Later);
    Item next = std::move(queue_.back());
    queue_.pop_back();
    now_ = next.at;
    ++step_count_;
    next.action();
  }

  template <typename... Parts>
  void Trace(const Parts&... parts) {
    if (trace_ == nullptr) return;
    trace_->push_back(absl::StrCat(absl::FormatDuration(now_), " ", parts...));
  }
  bool tracing() const { return trace_ != nullptr; }

 private:
  struct Item {
    absl::Duration at;
    int64_t order = 0;
    Action action;
  };
  static bool Later(const Item& a, const Item& b) {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  }

  Chance chance_;
  std::vector<std::string>* const trace_;
  absl::Duration now_ = absl::Seconds(1);
  int64_t last_order_ = 0;
  int64_t step_count_ = 0;
  std::vector<Item> queue_;  // A heap; the earliest first.
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_CLOCK_H_
