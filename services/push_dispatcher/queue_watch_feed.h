#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_FEED_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_FEED_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/queue_watch_view.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/shared/clock/clock.h"

namespace causeway::push {

// Looks at the queues for all who watch them together: every `interval`, or
// less often where looking takes long. Looks at nothing while nobody watches.
//
// Thread-safe. Has a thread of its own until it is destroyed.
class QueueWatchFeed {
 public:
  struct Options {
    absl::Duration interval = absl::Seconds(1);
    // A pause is at least so many times as long as the look before it: to count
    // what waits in very long queues isn't cheap.
    int64_t pause_factor = 4;
    size_t watchers_max = 32;
  };

  // How queues are shown.
  using Show =
      std::function<std::vector<v1::Queue>(absl::Span<const QueueSummary>)>;
  // Told after each look. Returns quickly.
  using Listener = std::function<void()>;
  using WatcherId = int64_t;

  // All must outlive the feed. `show` is called on the feed's thread.
  QueueWatchFeed(Options options, OperatorStore& store, Show show,
                 const Clock& clock);
  ~QueueWatchFeed();
  QueueWatchFeed(const QueueWatchFeed&) = delete;
  QueueWatchFeed& operator=(const QueueWatchFeed&) = delete;

  // RESOURCE_EXHAUSTED: so many watch already. UNAVAILABLE: it has stopped.
  absl::StatusOr<WatcherId> Add(Listener listener) ABSL_LOCKS_EXCLUDED(mu_);
  // The listener may be told once more, if that is under way.
  void Remove(WatcherId id) ABSL_LOCKS_EXCLUDED(mu_);

  // What the last look has seen; null before the first one. UNAVAILABLE: it
  // failed, or the feed has stopped.
  absl::StatusOr<std::shared_ptr<const QueueWatchView>> View() const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Ends the looks, and by telling all listeners the watching. May be repeated.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // Waits for `pause`, and for somebody to watch; not for `pause` if nothing
  // was looked at yet. False: it's over.
  bool AwaitLook(absl::Duration pause) ABSL_LOCKS_EXCLUDED(mu_);
  void Look() ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<v1::Queue>> ReadQueues();
  void TellListeners() ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  OperatorStore& store_;
  const Show show_;
  const Clock& clock_;

  mutable absl::Mutex mu_;
  std::map<WatcherId, std::shared_ptr<const Listener>> listeners_
      ABSL_GUARDED_BY(mu_);
  WatcherId last_id_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const QueueWatchView> view_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_FEED_H_
