#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_EXECUTOR_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_EXECUTOR_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace causeway::server {

// The threads on which a process does its work. A gRPC thread may not block and
// PostgreSQL does, so every handler runs here: as a job that may block a thread
// (Post), or as a coroutine that never does (SpawnUnary in unary.h).
//
// Both are bounded, because a queue without an end only turns overload into
// answers that come after the caller has gone. Full is an answer at once
// (UNAVAILABLE, which callers may retry), never a wait.
//
// Thread-safe. Outlives everything that runs on it: call Drain() before
// destroying what jobs refer to.
class Executor {
 public:
  struct Options {
    int threads = 8;
    // Jobs that wait for a thread; those running are not counted.
    int queue_max = 1000;
    // Coroutines begun and not ended. They hold memory, not threads, and nested
    // queries need many at once, so the bound is wide.
    int coroutines_max = 10000;
  };

  explicit Executor(Options options);
  // Drains without a time limit.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Runs `job` on one of the threads. It must not throw.
  // UNAVAILABLE when `queue_max` jobs wait already, or after Drain() began;
  // then `job` is destroyed without having run.
  absl::Status Post(absl::AnyInvocable<void()> job) ABSL_LOCKS_EXCLUDED(mu_);

  // Where coroutines run and resume. Resuming is not bounded: it frees things.
  boost::asio::any_io_executor asio_executor();

  // Counts a coroutine in, to be counted out by EndCoroutine(). For
  // SpawnUnary() and others that co_spawn onto asio_executor() and must end
  // before Drain(). UNAVAILABLE when `coroutines_max` run already, or after
  // Drain() began.
  absl::Status BeginCoroutine() ABSL_LOCKS_EXCLUDED(mu_);
  void EndCoroutine() ABSL_LOCKS_EXCLUDED(mu_);

  // Takes nothing new and waits, at most `timeout`, until all jobs and
  // coroutines have ended. False when some have not.
  bool Drain(absl::Duration timeout = absl::InfiniteDuration())
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void RunJob(absl::AnyInvocable<void()> job) ABSL_LOCKS_EXCLUDED(mu_);
  bool Idle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  absl::Mutex mu_;
  absl::CondVar idle_;  // Signalled when a job or coroutine ends.
  int queued_count_ ABSL_GUARDED_BY(mu_) = 0;
  int running_count_ ABSL_GUARDED_BY(mu_) = 0;
  int coroutine_count_ ABSL_GUARDED_BY(mu_) = 0;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  // Last, so that its threads are gone before the fields above.
  boost::asio::thread_pool pool_;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_EXECUTOR_H_
