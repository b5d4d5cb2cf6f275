#include "services/homeserver/news/await_news.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace causeway::homeserver {
namespace {

// One coroutine that waits: either news comes, in the thread that brings it, or
// the timer ends, on the coroutine's executor, or nobody wants to know any
// more. Whichever is first takes the handler and resumes the coroutine.
//
// Thread-safe.
template <typename Handler>
class NewsWait : public std::enable_shared_from_this<NewsWait<Handler>> {
 public:
  NewsWait(NewsWaiters& waiters, Handler handler)
      : waiters_(waiters),
        timer_(boost::asio::get_associated_executor(handler)),
        handler_(std::move(handler)) {}

  void Start(NewsWaiters::Interest interest, absl::Duration timeout,
             std::stop_token stop_waiting) ABSL_LOCKS_EXCLUDED(mu_) {
    if (!Begin(std::move(interest), timeout)) return;
    // Without the lock: one that has stopped already is told from within.
    on_stop_.emplace(std::move(stop_waiting),
                     OnStop{.wait = this->weak_from_this()});
  }

 private:
  // Weak, as the last to let go of the wait may be what it calls.
  struct OnStop {
    std::weak_ptr<NewsWait> wait;
    void operator()() const {
      if (const std::shared_ptr<NewsWait> self = wait.lock()) self->Stopped();
    }
  };

  // False when there is nothing to wait for.
  bool Begin(NewsWaiters::Interest interest, absl::Duration timeout)
      ABSL_LOCKS_EXCLUDED(mu_) {
    // It may be called before NotifyOnce() returns: no lock is held.
    absl::StatusOr<NewsWaiters::WaiterId> waiter = waiters_.NotifyOnce(
        std::move(interest),
        [self = this->shared_from_this()] { self->NewsCame(); });
    absl::MutexLock lock(&mu_);
    if (!waiter.ok()) {
      Resume(waiter.status());
      return false;
    }
    waiter_ = *waiter;
    if (!handler_.has_value()) return false;
    timer_.expires_after(absl::ToChronoNanoseconds(timeout));
    timer_.async_wait([self = this->shared_from_this()](
                          boost::system::error_code) { self->TimedOut(); });
    return true;
  }

  void NewsCame() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    timer_.cancel();
    Resume(absl::OkStatus());
  }

  // Runs after the coroutine too, which may have been the last to need the
  // index: then it isn't touched.
  void TimedOut() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (!handler_.has_value()) return;
    waiters_.Forget(waiter_);
    Resume(absl::OkStatus());
  }

  void Stopped() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (!handler_.has_value()) return;
    waiters_.Forget(waiter_);
    timer_.cancel();
    Resume(absl::CancelledError("nobody waits any more"));
  }

  void Resume(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (!handler_.has_value()) return;
    boost::asio::post(
        timer_.get_executor(),
        [handler = std::move(*handler_), status = std::move(status)]() mutable {
          std::move(handler)(std::move(status));
        });
    handler_.reset();
  }

  NewsWaiters& waiters_;
  absl::Mutex mu_;
  boost::asio::steady_timer timer_ ABSL_GUARDED_BY(mu_);
  std::optional<Handler> handler_ ABSL_GUARDED_BY(mu_);  // Empty: resumed.
  NewsWaiters::WaiterId waiter_ ABSL_GUARDED_BY(mu_) = 0;
  // Last, so that it isn't running any more when the fields above go.
  std::optional<std::stop_callback<OnStop>> on_stop_;
};

}  // namespace

boost::asio::awaitable<absl::Status> AwaitNews(NewsWaiters& waiters,
                                               NewsWaiters::Interest interest,
                                               absl::Duration timeout,
                                               std::stop_token stop_waiting) {
  auto start = [&](auto handler) {
    std::make_shared<NewsWait<decltype(handler)>>(waiters, std::move(handler))
        ->Start(std::move(interest), timeout, std::move(stop_waiting));
  };
  co_return co_await boost::asio::async_initiate<
      const boost::asio::use_awaitable_t<>&, void(absl::Status)>(
      std::move(start), boost::asio::use_awaitable);
}

}  // namespace causeway::homeserver
