#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_PROCESS_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_PROCESS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/store_access.h"

namespace causeway::push::simulation {

// One replica's process as the rest of the world has it: it runs, stands still,
// or is gone, and with it whatever it had in mind. Everything that happens in
// it goes through In().
//
// Thread-compatible.
class SimProcess {
 public:
  using Action = std::function<void()>;
  using Transaction = std::function<void()>;
  using Answer = std::function<void(bool done)>;
  // Asked before and after each write is handed over; it may end the process.
  using AroundWrite = std::function<void(StoreWrite write, bool before)>;

  SimProcess(int64_t number, SimClock& clock, StoreAccess& access,
             AroundWrite around_write)
      : number_(number),
        name_(absl::StrCat("push-", number)),
        clock_(clock),
        access_(access),
        around_write_(std::move(around_write)) {}
  SimProcess(const SimProcess&) = delete;
  SimProcess& operator=(const SimProcess&) = delete;

  int64_t number() const { return number_; }
  const std::string& name() const { return name_; }
  std::string incarnation() const { return absl::StrCat(name_, "#", start_); }
  // How often it was started.
  int64_t start() const { return start_; }
  bool running() const { return running_; }
  bool paused() const { return paused_; }
  // When it last went on.
  absl::Duration resumed_at() const { return resumed_at_; }

  void Start() {
    ++start_;
    running_ = true;
    paused_ = false;
    inbox_.clear();
  }
  void End() {
    running_ = false;
    inbox_.clear();
  }
  void Pause() { paused_ = true; }
  // Goes on as if nothing had happened: first with what came meanwhile.
  void Resume() {
    paused_ = false;
    resumed_at_ = clock_.now();
    while (running_ && !paused_ && !inbox_.empty()) {
      const Action action = std::move(inbox_.front());
      inbox_.pop_front();
      action();
    }
  }

  // Wraps `action` so that it happens in this process as it is now: when it is
  // gone by then, never; while it stands still, later.
  Action In(Action action) {
    return [this, start = start_, action = std::move(action)] {
      if (!running_ || start != start_) return;
      if (paused_) {
        inbox_.push_back(action);
      } else {
        action();
      }
    };
  }
  void After(absl::Duration delay, Action action) {
    clock_.After(delay, In(std::move(action)));
  }
  // Transactions of this process.
  void Read(Transaction transaction, Answer answer) {
    Submit(StoreAccess::Kind::kRead, std::move(transaction), std::move(answer));
  }
  // It may end before this returns.
  void Write(StoreWrite write, Transaction transaction, Answer answer) {
    around_write_(write, true);
    if (!running_) return;
    Submit(StoreAccess::Kind::kWrite, std::move(transaction),
           std::move(answer));
    around_write_(write, false);
  }

 private:
  void Submit(StoreAccess::Kind kind, Transaction transaction, Answer answer) {
    access_.Submit(
        number_, kind, std::move(transaction),
        [this, start = start_, answer = std::move(answer)](bool done) {
          if (start == start_) In([answer, done] { answer(done); })();
        });
  }

  const int64_t number_;
  const std::string name_;
  SimClock& clock_;
  StoreAccess& access_;
  const AroundWrite around_write_;
  int64_t start_ = 0;
  bool running_ = false;
  bool paused_ = false;
  absl::Duration resumed_at_ = -absl::InfiniteDuration();
  std::deque<Action> inbox_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_PROCESS_H_
