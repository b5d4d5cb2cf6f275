#ifndef CAUSEWAY_SERVICES_HOMESERVER_NEWS_NEWS_WAITERS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_NEWS_NEWS_WAITERS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "services/homeserver/news/news_key.h"

namespace causeway::homeserver {

// Who waits for news of what: one index, so that something that happens costs
// as much as it has people waiting for it, however many others wait.
//
// Whoever wants to wait takes Now(), reads what there is, and waits from there:
// what comes between the two is remembered, so nothing is missed.
//
// Thread-safe. Nothing blocks.
class NewsWaiters {
 public:
  struct Options {
    size_t waiters_max = 10000;
    // So much of what came lately is remembered. Who has been reading for
    // longer is called at once, in vain perhaps.
    size_t recent_max = 4096;
  };

  explicit NewsWaiters(Options options);

  // A moment between two pieces of news.
  using Moment = int64_t;
  Moment Now() const ABSL_LOCKS_EXCLUDED(mu_);

  struct Interest {
    std::vector<NewsKey> keys;
    Moment since = 0;
  };

  // A call that is still to be made.
  using WaiterId = int64_t;

  // Calls `news` once, when there may be some, in this thread or that which
  // brings the news; it must return quickly. It may be called without any, and
  // is when draining. RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED) when `waiters_max`
  // wait already.
  absl::StatusOr<WaiterId> NotifyOnce(Interest interest,
                                      std::function<void()> news)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Afterwards `news` isn't called any more, unless it's being called now.
  void Forget(WaiterId waiter) ABSL_LOCKS_EXCLUDED(mu_);

  // There is news of these, which can be read already.
  void Tell(absl::Span<const NewsKey> keys) ABSL_LOCKS_EXCLUDED(mu_);
  // The same in two steps, for who wouldn't have all called at once: the first
  // says who waits, each once, the second calls those of them who still do.
  std::vector<WaiterId> Announce(absl::Span<const NewsKey> keys)
      ABSL_LOCKS_EXCLUDED(mu_);
  void Call(absl::Span<const WaiterId> waiters) ABSL_LOCKS_EXCLUDED(mu_);
  // There may be news of anything.
  void TellAll() ABSL_LOCKS_EXCLUDED(mu_);

  // From now on nobody waits: the process is to end.
  void Drain() ABSL_LOCKS_EXCLUDED(mu_);
  bool draining() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Waiter {
    std::vector<NewsKey> keys;
    std::function<void()> news;
  };
  using Calls = std::vector<std::function<void()>>;

  // Whether something of `interest` came after its moment.
  bool MayHaveMissed(const Interest& interest) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Calls TakeAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Remove(WaiterId waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  mutable absl::Mutex mu_;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  Moment now_ ABSL_GUARDED_BY(mu_) = 0;
  // What came lately, ascending, and since when all of it is here.
  std::deque<std::pair<Moment, NewsKey>> recent_ ABSL_GUARDED_BY(mu_);
  Moment remembered_since_ ABSL_GUARDED_BY(mu_) = 0;
  WaiterId next_waiter_ ABSL_GUARDED_BY(mu_) = 1;
  absl::flat_hash_map<WaiterId, Waiter> waiters_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<NewsKey, absl::flat_hash_set<WaiterId>> by_key_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_NEWS_NEWS_WAITERS_H_
