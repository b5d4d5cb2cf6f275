#include "services/push_dispatcher/queue_watch_reactor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/operator_requests.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/grpc_status.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

constexpr int32_t kMinIntervalMsDefault = 1000;
constexpr int32_t kMinIntervalMsMax = 60000;

absl::Status Check(const v1::WatchQueuesRequest& request) {
  if (!request.appservice_id().empty()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(request.appservice_id()));
  }
  const int32_t interval = request.min_interval_ms();
  if (interval != 0 &&
      (interval < kMinIntervalMsDefault || interval > kMinIntervalMsMax)) {
    return matrix::InvalidParam(
        "min_interval_ms",
        absl::StrCat("must be ", kMinIntervalMsDefault, " to ",
                     kMinIntervalMsMax, ", or 0 for the default"));
  }
  return absl::OkStatus();
}

absl::Duration MinInterval(const v1::WatchQueuesRequest& request) {
  return absl::Milliseconds(request.min_interval_ms() == 0
                                ? kMinIntervalMsDefault
                                : request.min_interval_ms());
}

}  // namespace

grpc::ServerWriteReactor<v1::WatchQueuesResponse>* QueueWatchReactor::Start(
    const v1::WatchQueuesRequest& request, QueueWatchFeed& feed,
    const Clock& clock) {
  auto reactor = std::make_shared<QueueWatchReactor>(request, feed, clock);
  const absl::Status joined = reactor->Join(request);
  {
    absl::MutexLock lock(&reactor->mu_);
    reactor->self_ = reactor;
    if (!joined.ok()) reactor->end_ = joined;
  }
  reactor->Advance();
  return reactor.get();
}

QueueWatchReactor::QueueWatchReactor(const v1::WatchQueuesRequest& request,
                                     QueueWatchFeed& feed, const Clock& clock)
    : appservice_id_(request.appservice_id()),
      min_interval_(MinInterval(request)),
      feed_(feed),
      clock_(clock) {}

absl::Status QueueWatchReactor::Join(const v1::WatchQueuesRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(Check(request));
  CAUSEWAY_ASSIGN_OR_RETURN(watcher_id_, feed_.Add([weak = weak_from_this()] {
    std::shared_ptr<QueueWatchReactor> alive = weak.lock();
    if (alive != nullptr) alive->Advance();
  }));
  return absl::OkStatus();
}

void QueueWatchReactor::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    if (!ok) end_ = absl::CancelledError("the watcher has gone");
  }
  Advance();
}

void QueueWatchReactor::OnCancel() {
  {
    absl::MutexLock lock(&mu_);
    end_ = absl::CancelledError("the watcher has gone");
  }
  Advance();
}

void QueueWatchReactor::OnDone() {
  if (watcher_id_.has_value()) feed_.Remove(*watcher_id_);
  // The feed's thread may be in Advance(); whoever lets go last destroys.
  std::shared_ptr<QueueWatchReactor> self;
  {
    absl::MutexLock lock(&mu_);
    self = std::move(self_);
  }
}

void QueueWatchReactor::Advance() {
  const v1::WatchQueuesResponse* message = nullptr;
  absl::Status end;
  {
    absl::MutexLock lock(&mu_);
    if (writing_ || finished_) return;
    if (end_.ok()) {
      const auto next = NextMessage();
      if (next.ok()) {
        message = *next;
      } else {
        end_ = next.status();
      }
    }
    end = end_;
    finished_ = !end.ok();
    writing_ = message != nullptr;
  }
  // Outside of the lock: gRPC may call back from within.
  if (!end.ok()) {
    Finish(server::ToGrpcStatus(end));
  } else if (message != nullptr) {
    StartWrite(message);
  }
}

absl::StatusOr<const v1::WatchQueuesResponse*>
QueueWatchReactor::NextMessage() {
  CAUSEWAY_ASSIGN_OR_RETURN(auto view, feed_.View());
  if (messages_.done()) {
    const absl::Duration now = clock_.MonotonicNow();
    if (view == nullptr || view == told_ || now - told_at_ < min_interval_) {
      return nullptr;
    }
    if (told_ == nullptr && !appservice_id_.empty() &&
        !view->Has(appservice_id_)) {
      return NoSuchQueue(appservice_id_);
    }
    messages_ = view->MessagesSince(told_.get(), appservice_id_);
    told_ = std::move(view);
    if (messages_.done()) return nullptr;
    told_at_ = now;
  }
  message_ = messages_.Next();
  return &message_;
}

}  // namespace causeway::push
