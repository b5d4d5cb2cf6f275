#include "services/push_dispatcher/queue_watch_feed.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

// Queues read at a time.
constexpr int32_t kPageQueuesMax = 1000;

constexpr absl::Duration kRetryAfter = absl::Seconds(5);

absl::Status Stopping() {
  return absl::UnavailableError("push_dispatcher is stopping");
}

}  // namespace

QueueWatchFeed::QueueWatchFeed(Options options, OperatorStore& store, Show show,
                               const Clock& clock)
    : options_(options),
      store_(store),
      show_(std::move(show)),
      clock_(clock),
      thread_([this] { Run(); }) {}

QueueWatchFeed::~QueueWatchFeed() {
  Stop();
  thread_.join();
}

void QueueWatchFeed::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  TellListeners();
}

absl::StatusOr<QueueWatchFeed::WatcherId> QueueWatchFeed::Add(
    Listener listener) {
  absl::MutexLock lock(&mu_);
  if (stopping_) return Stopping();
  if (listeners_.size() >= options_.watchers_max) {
    return matrix::LimitExceeded(
        absl::StrCat(options_.watchers_max, " watch the queues already"),
        kRetryAfter);
  }
  status_ = absl::OkStatus();  // The next look may go better than the last.
  listeners_[++last_id_] =
      std::make_shared<const Listener>(std::move(listener));
  return last_id_;
}

void QueueWatchFeed::Remove(WatcherId id) {
  absl::MutexLock lock(&mu_);
  listeners_.erase(id);
  if (!listeners_.empty()) return;
  // It gets old now.
  view_ = nullptr;
  status_ = absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const QueueWatchView>> QueueWatchFeed::View()
    const {
  absl::MutexLock lock(&mu_);
  if (stopping_) return Stopping();
  CAUSEWAY_RETURN_IF_ERROR(status_);
  return view_;
}

void QueueWatchFeed::Run() {
  absl::Duration pause = options_.interval;
  while (AwaitLook(pause)) {
    const absl::Duration start = clock_.MonotonicNow();
    Look();
    const absl::Duration elapsed = clock_.MonotonicNow() - start;
    pause = std::max(options_.interval, options_.pause_factor * elapsed);
    TellListeners();
  }
}

bool QueueWatchFeed::AwaitLook(absl::Duration pause) {
  auto watched = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopping_ || !listeners_.empty();
  };
  auto first = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopping_ ||
           (view_ == nullptr && status_.ok() && !listeners_.empty());
  };
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(&first), pause);
  mu_.Await(absl::Condition(&watched));
  return !stopping_;
}

void QueueWatchFeed::Look() {
  absl::StatusOr<std::vector<v1::Queue>> queues = ReadQueues();
  absl::MutexLock lock(&mu_);
  if (listeners_.empty()) return;
  status_ = queues.status();
  if (!queues.ok()) {
    view_ = nullptr;
    return;
  }
  const QueueWatchView none;
  view_ = std::make_shared<const QueueWatchView>(
      *std::move(queues), view_ == nullptr ? none : *view_);
}

absl::StatusOr<std::vector<v1::Queue>> QueueWatchFeed::ReadQueues() {
  std::vector<v1::Queue> queues;
  std::vector<QueueSummary> page;
  do {
    const std::string after =
        queues.empty() ? "" : queues.back().appservice_id();
    CAUSEWAY_ASSIGN_OR_RETURN(page, store_.ListQueues(after, kPageQueuesMax));
    std::vector<v1::Queue> shown = show_(page);
    std::move(shown.begin(), shown.end(), std::back_inserter(queues));
  } while (page.size() == static_cast<size_t>(kPageQueuesMax));
  return queues;
}

void QueueWatchFeed::TellListeners() {
  std::vector<std::shared_ptr<const Listener>> listeners;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [id, listener] : listeners_) listeners.push_back(listener);
  }
  for (const auto& listener : listeners) (*listener)();
}

}  // namespace causeway::push
