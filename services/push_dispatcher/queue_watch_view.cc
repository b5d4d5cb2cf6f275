#include "services/push_dispatcher/queue_watch_view.h"

#include <algorithm>
#include <utility>

#include "google/protobuf/util/message_differencer.h"

namespace causeway::push {
namespace {

using google::protobuf::util::MessageDifferencer;

// The time of the next attempt is reckoned anew each time, from another clock:
// it wavers by microseconds, and moves for good only when attempts do.
bool SameButForTime(v1::Queue a, v1::Queue b) {
  a.clear_next_attempt_time();
  b.clear_next_attempt_time();
  return MessageDifferencer::Equals(a, b);
}

}  // namespace

v1::WatchQueuesResponse QueueWatchMessages::Next() {
  v1::WatchQueuesResponse message;
  const size_t total = queues_.size() + removed_.size();
  const size_t end = std::min(told_ + kWatchedQueuesPerMessage, total);
  for (; told_ < end; ++told_) {
    if (told_ < queues_.size()) {
      *message.add_queues() = *queues_[told_];
    } else {
      message.add_removed_appservice_ids(removed_[told_ - queues_.size()]);
    }
  }
  done_ = told_ == total;
  message.set_complete(done_);
  return message;
}

QueueWatchView::QueueWatchView(std::vector<v1::Queue> queues,
                               const QueueWatchView& before) {
  for (v1::Queue& queue : queues) {
    const std::string appservice_id = queue.appservice_id();
    const auto known = before.queues_.find(appservice_id);
    queues_[appservice_id] =
        known != before.queues_.end() && SameButForTime(*known->second, queue)
            ? known->second
            : std::make_shared<const v1::Queue>(std::move(queue));
  }
}

QueueWatchMessages QueueWatchView::MessagesSince(
    const QueueWatchView* before, const std::string& appservice_id) const {
  const auto watched = [&](const std::string& id) {
    return appservice_id.empty() || id == appservice_id;
  };
  QueueWatchMessages messages;
  for (const auto& [id, queue] : queues_) {
    if (!watched(id)) continue;
    if (before != nullptr) {
      const auto known = before->queues_.find(id);
      if (known != before->queues_.end() && known->second == queue) continue;
    }
    messages.queues_.push_back(queue);
  }
  if (before != nullptr) {
    for (const auto& [id, queue] : before->queues_) {
      if (watched(id) && !Has(id)) messages.removed_.push_back(id);
    }
  }
  messages.done_ = before != nullptr && messages.queues_.empty() &&
                   messages.removed_.empty();
  return messages;
}

}  // namespace causeway::push
