#ifndef CAUSEWAY_SERVICES_GATEWAY_CONCURRENCY_LIMIT_H_
#define CAUSEWAY_SERVICES_GATEWAY_CONCURRENCY_LIMIT_H_

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace causeway::gateway {

// Lets only so many coroutines at once through a part of their way; the others
// wait, in the order in which they came. For short steps that cost much while
// they are under way.
//
// Thread-safe.
class ConcurrencyLimit {
 public:
  // `limit`: at least 1.
  explicit ConcurrencyLimit(int limit);

  // Lets the next one in when it is destroyed.
  struct Leave {
    void operator()(ConcurrencyLimit* limit) const { limit->LetNextIn(); }
  };
  using Place = std::unique_ptr<ConcurrencyLimit, Leave>;

  // Resumes on the coroutine's executor. The limit must outlive the place.
  boost::asio::awaitable<Place> Enter() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  bool TryEnter() ABSL_LOCKS_EXCLUDED(mu_);
  // Calls `enter` now, or when it is its turn.
  void Queue(absl::AnyInvocable<void()> enter) ABSL_LOCKS_EXCLUDED(mu_);
  void LetNextIn() ABSL_LOCKS_EXCLUDED(mu_);

  absl::Mutex mu_;
  int free_ ABSL_GUARDED_BY(mu_);
  std::deque<absl::AnyInvocable<void()>> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_CONCURRENCY_LIMIT_H_
