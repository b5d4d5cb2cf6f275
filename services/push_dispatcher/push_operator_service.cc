#include "services/push_dispatcher/push_operator_service.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

constexpr int32_t kPageSizeDefault = 50;
constexpr int32_t kPageSizeMax = 1000;
constexpr size_t kReasonBytesMax = 1024;
constexpr size_t kAppserviceIdBytesMax = 255;

void SetTime(absl::Time time, google::protobuf::Timestamp& proto) {
  const int64_t nanos = absl::ToUnixNanos(time);
  proto.set_seconds(nanos / 1000000000);
  proto.set_nanos(static_cast<int32_t>(nanos % 1000000000));
}

// An attempt that can't do but fail again, as far as one can see.
bool LooksPermanent(AttemptOutcome outcome) {
  return outcome == AttemptOutcome::kRefused ||
         outcome == AttemptOutcome::kTooLarge;
}

v1::Queue::State StateOf(const DeliveryStatus& status) {
  switch (status.phase) {
    case Phase::kUnowned:
    case Phase::kIdle:
      return v1::Queue::IDLE;
    case Phase::kBackingOff:
      return LooksPermanent(status.last_outcome) ? v1::Queue::BLOCKED
                                                 : v1::Queue::BACKING_OFF;
    case Phase::kBlocked:
      return v1::Queue::BLOCKED;
    default:
      return v1::Queue::SENDING;
  }
}

// What this process knows of a queue that it owns.
void Merge(const DeliveryStatus& status, const Clock& clock, v1::Queue& queue) {
  queue.set_state(StateOf(status));
  queue.set_attempts(status.attempts);
  queue.set_last_error(status.phase == Phase::kBlocked
                           ? "the sealed bytes can't be made again"
                           : status.last_error);
  if (status.phase == Phase::kBackingOff) {
    SetTime(clock.Now() + (status.next_attempt_at - clock.MonotonicNow()),
            *queue.mutable_next_attempt_time());
  }
}

absl::Status OwnedElsewhere(const QueueSummary& queue) {
  return absl::FailedPreconditionError(
      queue.owner.empty()
          ? absl::StrCat("no replica owns the queue of ", queue.appservice_id,
                         " at the moment; try again")
          : absl::StrCat("the queue of ", queue.appservice_id,
                         " is owned by the replica ", queue.owner,
                         "; ask that one"));
}

}  // namespace

grpc::ServerUnaryReactor* PushOperatorService::GetQueue(
    grpc::CallbackServerContext* context, const v1::GetQueueRequest* request,
    v1::Queue* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const server::CallContext&) -> absl::StatusOr<v1::Queue> {
        CAUSEWAY_ASSIGN_OR_RETURN(const QueueSummary summary,
                                  Find(request->appservice_id()));
        return ToProto(summary);
      });
}

grpc::ServerUnaryReactor* PushOperatorService::ListQueues(
    grpc::CallbackServerContext* context, const v1::ListQueuesRequest* request,
    v1::ListQueuesResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const server::CallContext&) {
                             return HandleListQueues(*request);
                           });
}

grpc::ServerUnaryReactor* PushOperatorService::RetryNow(
    grpc::CallbackServerContext* context, const v1::RetryNowRequest* request,
    v1::RetryNowResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const server::CallContext&) {
                             return HandleRetryNow(*request);
                           });
}

absl::StatusOr<QueueSummary> PushOperatorService::Find(
    const std::string& appservice_id) {
  if (appservice_id.empty() || appservice_id.size() > kAppserviceIdBytesMax ||
      appservice_id.find('\0') != std::string::npos) {
    return matrix::InvalidParam(
        "appservice_id", absl::StrCat("must have 1 to ", kAppserviceIdBytesMax,
                                      " bytes and no NUL"));
  }
  return store_.FindQueue(appservice_id);
}

absl::StatusOr<v1::ListQueuesResponse> PushOperatorService::HandleListQueues(
    const v1::ListQueuesRequest& request) {
  if (request.page_size() < 0) {
    return matrix::InvalidParam("page_size", "must not be negative");
  }
  const int32_t page_size = request.page_size() == 0
                                ? kPageSizeDefault
                                : std::min(request.page_size(), kPageSizeMax);
  std::string after;
  if (!absl::WebSafeBase64Unescape(request.page_token(), &after) ||
      after.find('\0') != std::string::npos) {
    return matrix::InvalidParam("page_token", "no list has given it");
  }
  // One more, to know whether there is another page.
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<QueueSummary> summaries,
                            store_.ListQueues(after, page_size + 1));
  v1::ListQueuesResponse response;
  for (const QueueSummary& summary : summaries) {
    if (response.queues_size() == page_size) {
      response.set_next_page_token(absl::WebSafeBase64Escape(
          response.queues(page_size - 1).appservice_id()));
      break;
    }
    *response.add_queues() = ToProto(summary);
  }
  return response;
}

absl::StatusOr<v1::RetryNowResponse> PushOperatorService::HandleRetryNow(
    const v1::RetryNowRequest& request) {
  if (request.reason().empty() || request.reason().size() > kReasonBytesMax ||
      request.reason().find('\0') != std::string::npos) {
    return matrix::InvalidParam(
        "reason",
        absl::StrCat("must have 1 to ", kReasonBytesMax, " bytes and no NUL"));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const QueueSummary queue,
                            Find(request.appservice_id()));
  if (!loop_.Status(queue.uid).has_value()) return OwnedElsewhere(queue);
  CAUSEWAY_RETURN_IF_ERROR(
      store_.RecordAct({.actor = "operator",
                        .action = "retry_now",
                        .uid = queue.uid,
                        .appservice_id = queue.appservice_id,
                        .reason = request.reason()}));
  loop_.Post(queue.uid, push::RetryNow{});
  return v1::RetryNowResponse();
}

v1::Queue PushOperatorService::ToProto(const QueueSummary& summary) const {
  v1::Queue queue;
  queue.set_appservice_uid(absl::StrCat(summary.uid));
  queue.set_appservice_id(summary.appservice_id);
  queue.set_state(summary.head.sealed.has_value() ? v1::Queue::SENDING
                                                  : v1::Queue::IDLE);
  queue.set_queued_events(
      std::min(summary.queued_events, kQueuedEventsCountedMax));
  if (summary.oldest_time.has_value()) {
    SetTime(*summary.oldest_time, *queue.mutable_oldest_event_time());
  }
  if (summary.head.sealed.has_value()) {
    queue.set_txn_id(summary.head.sealed->txn_id);
    queue.set_txn_events(summary.head.sealed->event_count);
  }
  queue.set_delivered_transactions(summary.delivered_transactions);
  queue.set_delivered_events(summary.delivered_events);
  queue.set_owner(summary.owner);
  queue.set_epoch(summary.epoch);
  queue.mutable_policy()->set_on_refusal(v1::Policy::BLOCK);
  const std::optional<DeliveryStatus> status = loop_.Status(summary.uid);
  if (status.has_value()) Merge(*status, clock_, queue);
  return queue;
}

}  // namespace causeway::push
