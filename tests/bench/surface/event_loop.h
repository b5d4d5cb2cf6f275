#ifndef CAUSEWAY_TESTS_BENCH_SURFACE_EVENT_LOOP_H_
#define CAUSEWAY_TESTS_BENCH_SURFACE_EVENT_LOOP_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"

namespace causeway::bench {

// Calls back when sockets can be read: clients and application services in one
// thread, so that one clock sees what was sent and what came.
//
// Belongs to one thread. Ends the process when the system fails.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  using Readable = std::function<void()>;

  // Calls `readable` whenever there is something to read on `fd`.
  void Watch(int fd, Readable readable);
  // Before `fd` is closed.
  void Forget(int fd);

  // Waits at most `timeout` until something can be read, and calls back.
  void RunOnce(absl::Duration timeout);
  // Runs until `done`. Ends the process, with `what` for a reason, if that
  // takes longer than `patience`.
  void RunUntil(const std::function<bool()>& done, absl::Duration patience,
                absl::string_view what);
  void RunFor(absl::Duration time);

  absl::Duration Now() const { return clock_.MonotonicNow(); }

 private:
  const RealClock clock_;
  const int epoll_;
  // By descriptor. Shared, since one may forget itself while it runs.
  std::vector<std::shared_ptr<Readable>> watched_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SURFACE_EVENT_LOOP_H_
