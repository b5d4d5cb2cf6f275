#ifndef CAUSEWAY_SERVICES_SHARED_THREADS_ONE_SHOT_H_
#define CAUSEWAY_SERVICES_SHARED_THREADS_ONE_SHOT_H_

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace causeway::threads {

// A value that any thread delivers and one coroutine waits for, without holding
// a thread and for no longer than it wants to.
//
// Thread-safe; one Wait() at most.
template <typename T>
class OneShot : public std::enable_shared_from_this<OneShot<T>> {
 public:
  static std::shared_ptr<OneShot> Create() {
    return std::shared_ptr<OneShot>(new OneShot());
  }

  // The first value counts.
  void Deliver(T value) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (value_.has_value()) return;
    value_ = std::move(value);
    Resume();
  }

  // The value; empty when it hasn't come within `timeout`. Resumes on the
  // coroutine's own executor.
  boost::asio::awaitable<std::optional<T>> Wait(absl::Duration timeout) {
    std::shared_ptr<OneShot> self = this->shared_from_this();
    auto start = [self, timeout](auto handler) {
      self->Start(std::move(handler), timeout);
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&,
                                         void()>(std::move(start),
                                                 boost::asio::use_awaitable);
    co_return self->value();
  }

 private:
  // Keeps the timer's arithmetic from overflowing.
  static constexpr absl::Duration kTimeoutMax = absl::Hours(1);

  OneShot() = default;

  template <typename Handler>
  void Start(Handler handler, absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mu_) {
    auto executor = boost::asio::get_associated_executor(handler);
    absl::MutexLock lock(&mu_);
    resume_ = [executor, handler = std::move(handler)]() mutable {
      boost::asio::post(executor, std::move(handler));
    };
    if (value_.has_value()) {
      Resume();
      return;
    }
    timer_.emplace(executor);
    timer_->expires_after(
        absl::ToChronoNanoseconds(std::min(timeout, kTimeoutMax)));
    timer_->async_wait(
        [self = this->shared_from_this()](const boost::system::error_code&) {
          absl::MutexLock lock(&self->mu_);
          self->Resume();
        });
  }

  // Whether value or timer came first, the coroutine is resumed once.
  void Resume() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (!resume_) return;
    std::exchange(resume_, nullptr)();
    if (timer_.has_value()) timer_->cancel();
  }

  std::optional<T> value() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return value_;
  }

  absl::Mutex mu_;
  std::optional<T> value_ ABSL_GUARDED_BY(mu_);
  std::optional<boost::asio::steady_timer> timer_ ABSL_GUARDED_BY(mu_);
  // Posts the waiting coroutine. Empty: none waits.
  absl::AnyInvocable<void()> resume_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::threads

#endif  // CAUSEWAY_SERVICES_SHARED_THREADS_ONE_SHOT_H_
