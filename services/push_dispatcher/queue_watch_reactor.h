#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_REACTOR_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_REACTOR_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "causeway/push/v1/push.pb.h"
#include "services/push_dispatcher/queue_watch_feed.h"
#include "services/push_dispatcher/queue_watch_view.h"
#include "services/shared/clock/clock.h"

namespace causeway::push {

// One call of WatchQueues. Remembers which view its watcher was brought to;
// when that has been told and `min_interval_ms` are over, what is next is the
// difference to the view of that moment. So a slow watcher costs one old view
// and one message, however much happens.
//
// Thread-safe. Owns itself until the call is done.
class QueueWatchReactor final
    : public grpc::ServerWriteReactor<v1::WatchQueuesResponse>,
      public std::enable_shared_from_this<QueueWatchReactor> {
 public:
  // Serves one call, and ends it with the contract's errors. `feed` and `clock`
  // must outlive the call.
  static grpc::ServerWriteReactor<v1::WatchQueuesResponse>* Start(
      const v1::WatchQueuesRequest& request, QueueWatchFeed& feed,
      const Clock& clock);

  // For make_shared in Start() alone.
  QueueWatchReactor(const v1::WatchQueuesRequest& request, QueueWatchFeed& feed,
                    const Clock& clock);

 private:
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mu_);
  void OnCancel() override ABSL_LOCKS_EXCLUDED(mu_);
  void OnDone() override;

  // Joins the feed.
  absl::Status Join(const v1::WatchQueuesRequest& request)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Writes or ends, whatever is due, unless a write is under way.
  void Advance() ABSL_LOCKS_EXCLUDED(mu_);
  // Null: there is nothing to say now.
  absl::StatusOr<const v1::WatchQueuesResponse*> NextMessage()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::string appservice_id_;
  const absl::Duration min_interval_;
  QueueWatchFeed& feed_;
  const Clock& clock_;
  std::optional<QueueWatchFeed::WatcherId>
      watcher_id_;  // Set once, by Start().

  absl::Mutex mu_;
  std::shared_ptr<QueueWatchReactor> self_
      ABSL_GUARDED_BY(mu_);  // Until OnDone().
  // Where `messages_` lead to. Null: nothing was told yet.
  std::shared_ptr<const QueueWatchView> told_ ABSL_GUARDED_BY(mu_);
  absl::Duration told_at_ ABSL_GUARDED_BY(mu_) = -absl::InfiniteDuration();
  QueueWatchMessages messages_ ABSL_GUARDED_BY(mu_);
  v1::WatchQueuesResponse message_
      ABSL_GUARDED_BY(mu_);  // While it is written.
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mu_);  // Not OK: it is to end with this.
  bool finished_ ABSL_GUARDED_BY(mu_) = false;  // Finish() has been called.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_REACTOR_H_
