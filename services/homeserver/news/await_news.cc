#include "services/homeserver/news/await_news.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace causeway::homeserver {
namespace {

// One coroutine that waits: either news comes, in the thread that brings it, or
// the timer ends, on the coroutine's executor. Whichever is first takes the
// handler and resumes the coroutine.
//
// Thread-safe.
template <typename Handler>
class NewsWait : public std::enable_shared_from_this<NewsWait<Handler>> {
 public:
  NewsWait(NewsWaiters& waiters, Handler handler)
      : waiters_(waiters),
        timer_(boost::asio::get_associated_executor(handler)),
        handler_(std::move(handler)) {}

  void Start(NewsWaiters::Interest interest, absl::Duration timeout)
      ABSL_LOCKS_EXCLUDED(mu_) {
    // It may be called before NotifyOnce() returns: no lock is held.
    absl::StatusOr<NewsWaiters::WaiterId> waiter = waiters_.NotifyOnce(
        std::move(interest),
        [self = this->shared_from_this()] { self->NewsCame(); });
    absl::MutexLock lock(&mu_);
    if (!waiter.ok()) return Resume(waiter.status());
    waiter_ = *waiter;
    if (!handler_.has_value()) return;
    timer_.expires_after(absl::ToChronoNanoseconds(timeout));
    timer_.async_wait([self = this->shared_from_this()](
                          boost::system::error_code) { self->TimedOut(); });
  }

 private:
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
};

}  // namespace

boost::asio::awaitable<absl::Status> AwaitNews(NewsWaiters& waiters,
                                               NewsWaiters::Interest interest,
                                               absl::Duration timeout) {
  auto start = [&waiters, &interest, timeout](auto handler) {
    std::make_shared<NewsWait<decltype(handler)>>(waiters, std::move(handler))
        ->Start(std::move(interest), timeout);
  };
  co_return co_await boost::asio::async_initiate<
      const boost::asio::use_awaitable_t<>&, void(absl::Status)>(
      std::move(start), boost::asio::use_awaitable);
}

}  // namespace causeway::homeserver
