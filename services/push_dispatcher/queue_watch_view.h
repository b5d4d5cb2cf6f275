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
  // this, as messages, of which the last is `complete`. None if nothing has
  // changed. `before` null: the watcher knows nothing; then there is at least
  // one.
  std::vector<v1::WatchQueuesResponse> MessagesSince(
      const QueueWatchView* before, const std::string& appservice_id) const;

 private:
  using QueuePtr = std::shared_ptr<const v1::Queue>;

  std::map<std::string, QueuePtr> queues_;  // By appservice_id.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_WATCH_VIEW_H_
