#include "services/shared/registry_watch/await_revision.h"

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "absl/synchronization/mutex.h"

namespace causeway::registry_watch {
namespace {

// Keeps the timer's arithmetic from overflowing.
constexpr absl::Duration kTimeoutMax = absl::Hours(24);

// One coroutine that waits: either the revision comes, on the thread that sets
// snapshots, or the timer ends, on the coroutine's executor. Whichever is first
// takes the handler and resumes the coroutine.
//
// Thread-safe.
template <typename Handler>
class Wait : public std::enable_shared_from_this<Wait<Handler>> {
 public:
  Wait(LatestSnapshot& latest, Handler handler)
      : latest_(latest),
        timer_(boost::asio::get_associated_executor(handler)),
        handler_(std::move(handler)) {}

  void Start(int64_t revision, absl::Duration timeout)
      ABSL_LOCKS_EXCLUDED(mu_) {
    // `reached` may be called before NotifyAt() returns: no lock is held.
    LatestSnapshot::WaiterId waiter = latest_.NotifyAt(
        revision, [self = this->shared_from_this()] { self->Reached(); });
    absl::MutexLock lock(&mu_);
    waiter_ = waiter;
    if (!handler_.has_value()) return;
    timer_.expires_after(
        absl::ToChronoNanoseconds(std::min(timeout, kTimeoutMax)));
    timer_.async_wait([self = this->shared_from_this()](
                          boost::system::error_code) { self->TimedOut(); });
  }

 private:
  void Reached() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    timer_.cancel();
    Resume(true);
  }

  // Also runs after Reached(), when the coroutine, perhaps the last to need
  // `latest_`, may be gone: then that isn't touched.
  void TimedOut() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (!handler_.has_value()) return;
    latest_.Forget(waiter_);
    Resume(false);
  }

  void Resume(bool reached) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (!handler_.has_value()) return;
    boost::asio::post(timer_.get_executor(),
                      [handler = std::move(*handler_), reached]() mutable {
                        std::move(handler)(reached);
                      });
    handler_.reset();
  }

  LatestSnapshot& latest_;
  absl::Mutex mu_;
  boost::asio::steady_timer timer_ ABSL_GUARDED_BY(mu_);
  std::optional<Handler> handler_ ABSL_GUARDED_BY(mu_);  // Empty: resumed.
  LatestSnapshot::WaiterId waiter_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace

boost::asio::awaitable<absl::Status> AwaitRevision(LatestSnapshot& latest,
                                                   int64_t revision,
                                                   absl::Duration timeout) {
  if (latest.Snapshot()->revision() >= revision) co_return absl::OkStatus();
  auto start = [&latest, revision, timeout](auto handler) {
    std::make_shared<Wait<decltype(handler)>>(latest, std::move(handler))
        ->Start(revision, timeout);
  };
  bool reached = co_await boost::asio::async_initiate<
      const boost::asio::use_awaitable_t<>&, void(bool)>(
      std::move(start), boost::asio::use_awaitable);
  if (reached) co_return absl::OkStatus();
  co_return RevisionNotReached(revision, latest.Snapshot()->revision());
}

}  // namespace causeway::registry_watch
