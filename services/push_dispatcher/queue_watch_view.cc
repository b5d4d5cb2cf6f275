#include "services/push_dispatcher/queue_watch_view.h"

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

// Spreads over messages what there is to tell.
class Messages {
 public:
  void AddQueue(const v1::Queue& queue) { *Next().add_queues() = queue; }
  void AddRemoved(const std::string& appservice_id) {
    Next().add_removed_appservice_ids(appservice_id);
  }
  bool empty() const { return messages_.empty(); }
  std::vector<v1::WatchQueuesResponse> Take() {
    if (messages_.empty()) messages_.emplace_back();
    messages_.back().set_complete(true);
    return std::move(messages_);
  }

 private:
  v1::WatchQueuesResponse& Next() {
    if (left_ == 0) {
      messages_.emplace_back();
      left_ = kWatchedQueuesPerMessage;
    }
    --left_;
    return messages_.back();
  }

  std::vector<v1::WatchQueuesResponse> messages_;
  size_t left_ = 0;  // In the last of them.
};

}  // namespace

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

std::vector<v1::WatchQueuesResponse> QueueWatchView::MessagesSince(
    const QueueWatchView* before, const std::string& appservice_id) const {
  const auto watched = [&](const std::string& id) {
    return appservice_id.empty() || id == appservice_id;
  };
  Messages messages;
  for (const auto& [id, queue] : queues_) {
    if (!watched(id)) continue;
    if (before != nullptr) {
      const auto known = before->queues_.find(id);
      if (known != before->queues_.end() && known->second == queue) continue;
    }
    messages.AddQueue(*queue);
  }
  if (before != nullptr) {
    for (const auto& [id, queue] : before->queues_) {
      if (watched(id) && !Has(id)) messages.AddRemoved(id);
    }
    if (messages.empty()) return {};
  }
  return messages.Take();
}

}  // namespace causeway::push
