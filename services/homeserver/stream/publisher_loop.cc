#include "services/homeserver/stream/publisher_loop.h"

#include <algorithm>

#include "services/shared/server/logging.h"

namespace causeway::homeserver {

PublisherLoop::PublisherLoop(Options options, StreamPublisher& publisher,
                             StreamMetrics& metrics)
    : options_(options), publisher_(publisher), metrics_(metrics) {}

PublisherLoop::~PublisherLoop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void PublisherLoop::Start() {
  thread_ = std::thread([this] { Run(); });
}

void PublisherLoop::Wake() {
  absl::MutexLock lock(&mu_);
  woken_ = true;
}

void PublisherLoop::Run() {
  using StepResult = StreamPublisher::StepResult;
  absl::Duration retry_wait = options_.poll_interval;
  bool failing = false;
  for (;;) {
    const StepResult result = publisher_.Step();
    metrics_.Stepped(publisher_.progress());
    const bool failed =
        result == StepResult::kFailed || result == StepResult::kDiverged;
    // One line when it starts and one when it ends, however long it lasts.
    if (failed && !failing) {
      log::Warning("the stream cannot be published",
                   {{"error", publisher_.health()}});
    } else if (!failed && failing) {
      log::Info("the stream is published again");
    }
    failing = failed;
    if (!failed) retry_wait = options_.poll_interval;
    switch (result) {
      case StepResult::kPublished:
        if (!WaitFor(absl::ZeroDuration(), /*until_woken=*/true)) return;
        break;
      case StepResult::kIdle:
        if (!WaitFor(options_.poll_interval, /*until_woken=*/true)) return;
        break;
      case StepResult::kFailed:
        if (!WaitFor(retry_wait, /*until_woken=*/false)) return;
        retry_wait = std::min(2 * retry_wait, options_.retry_wait_max);
        break;
      case StepResult::kDiverged:
        if (!WaitFor(options_.diverged_wait, /*until_woken=*/false)) return;
        break;
    }
  }
}

bool PublisherLoop::WaitFor(absl::Duration wait, bool until_woken) {
  absl::MutexLock lock(&mu_);
  auto over = [this, until_woken]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopping_ || (until_woken && woken_);
  };
  mu_.AwaitWithTimeout(absl::Condition(&over), wait);
  woken_ = false;
  return !stopping_;
}

}  // namespace causeway::homeserver
