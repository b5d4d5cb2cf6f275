#include "services/shared/server/executor.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/clock/clock.h"

namespace causeway::server {
namespace {

absl::Status Draining() {
  return absl::UnavailableError("the process is shutting down");
}

absl::Status Full(absl::string_view limit, int value) {
  return absl::UnavailableError(
      absl::StrCat("too much to do at once (", limit, "=", value, ")"));
}

}  // namespace

Executor::Executor(Options options)
    : options_(options), pool_(options.threads) {}

Executor::~Executor() {
  Drain();
  pool_.join();
}

absl::Status Executor::Post(absl::AnyInvocable<void()> job) {
  {
    absl::MutexLock lock(&mu_);
    if (draining_) return Draining();
    if (queued_count_ >= options_.queue_max) {
      return Full("executor_queue_max", options_.queue_max);
    }
    ++queued_count_;
  }
  boost::asio::post(pool_, [this, job = std::move(job)]() mutable {
    RunJob(std::move(job));
  });
  return absl::OkStatus();
}

void Executor::RunJob(absl::AnyInvocable<void()> job) {
  {
    absl::MutexLock lock(&mu_);
    --queued_count_;
    ++running_count_;
  }
  job();
  // Before the job counts as ended: what it holds may be gone after Drain().
  job = nullptr;
  absl::MutexLock lock(&mu_);
  --running_count_;
  idle_.SignalAll();
}

boost::asio::any_io_executor Executor::asio_executor() {
  return pool_.get_executor();
}

absl::Status Executor::BeginCoroutine() {
  absl::MutexLock lock(&mu_);
  if (draining_) return Draining();
  if (coroutine_count_ >= options_.coroutines_max) {
    return Full("coroutines_max", options_.coroutines_max);
  }
  ++coroutine_count_;
  return absl::OkStatus();
}

void Executor::EndCoroutine() {
  absl::MutexLock lock(&mu_);
  --coroutine_count_;
  idle_.SignalAll();
}

bool Executor::Idle() const {
  return queued_count_ == 0 && running_count_ == 0 && coroutine_count_ == 0;
}

bool Executor::Drain(absl::Duration timeout) {
  const RealClock clock;
  const absl::Duration end = clock.MonotonicNow() + timeout;
  absl::MutexLock lock(&mu_);
  draining_ = true;
  while (!Idle()) {
    absl::Duration left = end - clock.MonotonicNow();
    if (left <= absl::ZeroDuration()) return false;
    idle_.WaitWithTimeout(&mu_, left);
  }
  return true;
}

}  // namespace causeway::server
