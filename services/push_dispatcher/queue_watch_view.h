#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_VIEW_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_VIEW_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "causeway/push/v1/push.pb.h"

namespace causeway::push {

// Queues in one message of WatchQueues.
inline constexpr size_t kWatchedQueuesPerMessage = 500;

// What is to be told to one watcher, message by message: so that a slow one
// costs one message and some pointers.
//
// Thread-compatible.
class QueueWatchMessages {
 public:
  // Nothing.
  QueueWatchMessages() = default;

  bool done() const { return done_; }
  // Not done. The last one is `complete`.
  v1::WatchQueuesResponse Next();

 private:
  friend class QueueWatchView;

  std::vector<std::shared_ptr<const v1::Queue>> queues_;
  std::vector<std::string> removed_;
  size_t told_ = 0;  // Of all of both.
  bool done_ = true;
};

// All queues as they are shown at one moment. Two views that follow each other
// share what hasn't changed, so that what has is found by comparing pointers.
//
// Immutable once made. Thread-safe.
class QueueWatchView {
 public:
  QueueWatchView() = default;
  // Of `queues`, sharing those of `before` that are the same but for what time
  // alone changes.
  QueueWatchView(std::vector<v1::Queue> queues, const QueueWatchView& before);

  bool Has(const std::string& appservice_id) const {
    return queues_.contains(appservice_id);
  }

  // What brings a watcher of `appservice_id` (empty: of all) from `before` to
  // this; nothing if nothing has changed. `before` null: the watcher knows
  // nothing; then there is at least one message.
  QueueWatchMessages MessagesSince(const QueueWatchView* before,
                                   const std::string& appservice_id) const;

 private:
  // By appservice_id.
  std::map<std::string, std::shared_ptr<const v1::Queue>> queues_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_VIEW_H_
