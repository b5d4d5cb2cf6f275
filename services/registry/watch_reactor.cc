#include "services/registry/watch_reactor.h"

#include <utility>

#include "services/registry/watch_messages.h"

namespace causeway::registry {

grpc::ServerWriteReactor<v1::WatchResponse>* WatchReactor::Start(
    const v1::WatchRequest& request, const std::string& server_name,
    ChangeFeed& feed, RegistryMetrics& metrics, const Clock& clock) {
  auto reactor = std::make_shared<WatchReactor>(request, server_name, feed,
                                                metrics, clock);
  reactor->self_ = reactor;
  metrics.WatcherCame();
  feed.Subscribe([weak = reactor->weak_from_this()] {
    std::shared_ptr<WatchReactor> alive = weak.lock();
    if (alive == nullptr) return false;
    alive->Advance();
    return true;
  });
  reactor->Advance();
  return reactor.get();
}

WatchReactor::WatchReactor(const v1::WatchRequest& request,
                           const std::string& server_name, ChangeFeed& feed,
                           RegistryMetrics& metrics, const Clock& clock)
    : with_secrets_(request.with_secrets()),
      server_name_(server_name),
      feed_(feed),
      metrics_(metrics),
      clock_(clock),
      revision_(request.since_revision()) {}

void WatchReactor::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    if (!ok) ending_ = true;
  }
  Advance();
}

void WatchReactor::OnCancel() {
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
  }
  Advance();
}

void WatchReactor::OnDone() {
  metrics_.WatcherWent();
  // The feed's thread may be in Advance(); whoever lets go last destroys.
  std::shared_ptr<WatchReactor> self = std::move(self_);
}

void WatchReactor::Advance() {
  const v1::WatchResponse* message = nullptr;
  grpc::Status end;
  {
    absl::MutexLock lock(&mu_);
    if (writing_ || finished_) return;
    if (ending_) {
      end = grpc::Status::CANCELLED;
    } else if (feed_.stopped()) {
      end = grpc::Status(grpc::StatusCode::UNAVAILABLE,
                         "this registry is stopping");
    } else if (feed_.state() == nullptr) {
      end = grpc::Status(grpc::StatusCode::UNAVAILABLE,
                         "the database has not been read yet");
    } else {
      message = NextMessage();
    }
    finished_ = !end.ok();
    writing_ = message != nullptr;
  }
  // Outside of the lock: gRPC may call back from within.
  if (!end.ok()) {
    Finish(end);
  } else if (message != nullptr) {
    StartWrite(message);
  }
}

const v1::WatchResponse* WatchReactor::NextMessage() {
  const absl::Duration now = clock_.MonotonicNow();
  if (next_message_ == messages_.size()) {
    std::shared_ptr<const RegistryState> state = feed_.state();
    RegistryState::Difference difference = state->Since(revision_);
    if (difference.empty() && now - last_write_ < kWatchHeartbeat) {
      return nullptr;
    }
    revision_ = state->revision();
    messages_ =
        ToWatchMessages(revision_, difference, server_name_, with_secrets_);
    next_message_ = 0;
  }
  last_write_ = now;
  return &messages_[next_message_++];
}

}  // namespace causeway::registry
