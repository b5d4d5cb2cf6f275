#include "services/push_dispatcher/push_operator_service.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "google/protobuf/util/time_util.h"
#include "services/push_dispatcher/operator_requests.h"
#include "services/push_dispatcher/publish_request.h"
#include "services/push_dispatcher/queue_proto.h"
#include "services/push_dispatcher/queue_watch_reactor.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

using server::CallContext;

absl::StatusOr<QueueAct> ToAct(const v1::SetPolicyRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(QueueSettings policy,
                            ParsePolicy(request.policy()));
  return SetPolicy{policy};
}

// Empty, if it wasn't this one that was tried.
LastAttempt LastAttemptOf(const std::string& txn_id,
                          const KnownDelivery& delivery) {
  if (!delivery.ok() || delivery->txn_id() != txn_id ||
      delivery->attempts() == 0) {
    return {};
  }
  return {.attempts = delivery->attempts(),
          .time = absl::FromUnixNanos(
              google::protobuf::util::TimeUtil::TimestampToNanoseconds(
                  delivery->last_attempt_time())),
          .http_status = delivery->last_http_status(),
          .error = delivery->last_error(),
          .answer_excerpt = delivery->last_answer()};
}

}  // namespace

// --- What is seen -----------------------------------------------------------

grpc::ServerUnaryReactor* PushOperatorService::GetQueue(
    grpc::CallbackServerContext* context, const v1::GetQueueRequest* request,
    v1::Queue* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext&) {
                             return FindQueue(request->appservice_id());
                           });
}

grpc::ServerUnaryReactor* PushOperatorService::ListQueues(
    grpc::CallbackServerContext* context, const v1::ListQueuesRequest* request,
    v1::ListQueuesResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const CallContext&) { return QueuesPage(*request); });
}

grpc::ServerWriteReactor<v1::WatchQueuesResponse>*
PushOperatorService::WatchQueues(grpc::CallbackServerContext*,
                                 const v1::WatchQueuesRequest* request) {
  return QueueWatchReactor::Start(*request, watch_feed_, clock_);
}

grpc::ServerUnaryReactor* PushOperatorService::ListTransactions(
    grpc::CallbackServerContext* context,
    const v1::ListTransactionsRequest* request,
    v1::ListTransactionsResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext&) {
                             return TransactionsPage(*request);
                           });
}

grpc::ServerUnaryReactor* PushOperatorService::Explain(
    grpc::CallbackServerContext* context, const v1::ExplainRequest* request,
    v1::ExplainResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext&) {
                             return explainer_.Explain(*request);
                           });
}

grpc::ServerUnaryReactor* PushOperatorService::ListAuditRecords(
    grpc::CallbackServerContext* context,
    const v1::ListAuditRecordsRequest* request,
    v1::ListAuditRecordsResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext&) {
                             return AuditRecordsPage(*request);
                           });
}

absl::StatusOr<v1::Queue> PushOperatorService::FindQueue(
    const std::string& appservice_id) {
  CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(appservice_id));
  CAUSEWAY_ASSIGN_OR_RETURN(const QueueSummary summary,
                            store_.FindQueue(appservice_id));
  return owners_.Show({summary}).front();
}

// All lists read one more than a page, to know whether there is another.

absl::StatusOr<v1::ListQueuesResponse> PushOperatorService::QueuesPage(
    const v1::ListQueuesRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const int32_t page_size,
                            ParsePageSize(request.page_size()));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string after,
                            ParseTextPageToken(request.page_token()));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<QueueSummary> summaries,
                            store_.ListQueues(after, page_size + 1));
  const auto page =
      absl::MakeConstSpan(summaries).subspan(0, static_cast<size_t>(page_size));
  v1::ListQueuesResponse response;
  for (v1::Queue& queue : owners_.Show(page)) {
    *response.add_queues() = std::move(queue);
  }
  if (page.size() < summaries.size()) {
    response.set_next_page_token(TextPageToken(page.back().appservice_id));
  }
  return response;
}

absl::StatusOr<v1::ListTransactionsResponse>
PushOperatorService::TransactionsPage(
    const v1::ListTransactionsRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(request.appservice_id()));
  CAUSEWAY_ASSIGN_OR_RETURN(const int32_t page_size,
                            ParsePageSize(request.page_size()));
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t before_id,
                            ParseIdPageToken(request.page_token()));
  CAUSEWAY_ASSIGN_OR_RETURN(const QueueSummary summary,
                            store_.FindQueue(request.appservice_id()));
  CAUSEWAY_ASSIGN_OR_RETURN(const SourceNames sources,
                            store_.ListSourceNames());
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::vector<SetAsideTransaction> transactions,
      store_.ListSetAside(summary.uid, before_id, page_size + 1));
  v1::ListTransactionsResponse response;
  if (request.page_token().empty()) {
    for (auto& sealed :
         SealedToProto(summary.head, owners_.Ask({summary}).front(), sources)) {
      *response.add_transactions() = std::move(sealed);
    }
  }
  for (size_t i = 0; i < transactions.size(); ++i) {
    if (static_cast<int32_t>(i) == page_size) {
      response.set_next_page_token(IdPageToken(transactions[i - 1].id));
      break;
    }
    *response.add_transactions() = ToProto(transactions[i], sources);
  }
  return response;
}

absl::StatusOr<v1::ListAuditRecordsResponse>
PushOperatorService::AuditRecordsPage(
    const v1::ListAuditRecordsRequest& request) {
  if (!request.appservice_id().empty()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(request.appservice_id()));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const int32_t page_size,
                            ParsePageSize(request.page_size()));
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t before_id,
                            ParseIdPageToken(request.page_token()));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<AuditRecord> records,
                            store_.ListAuditRecords(request.appservice_id(),
                                                    before_id, page_size + 1));
  v1::ListAuditRecordsResponse response;
  for (size_t i = 0; i < records.size(); ++i) {
    if (static_cast<int32_t>(i) == page_size) {
      response.set_next_page_token(IdPageToken(records[i - 1].id));
      break;
    }
    *response.add_records() = ToProto(records[i]);
  }
  return response;
}

// --- What is done -----------------------------------------------------------

absl::StatusOr<ActOutcome> PushOperatorService::Act(
    const std::string& appservice_id, const std::string& reason, QueueAct act) {
  CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(appservice_id));
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(reason));
  absl::StatusOr<ActOutcome> outcome =
      store_.Act({.appservice_id = appservice_id,
                  .reason = reason,
                  .act = std::move(act)});
  // What failed may have been done all the same.
  options_.queue_changed();
  return outcome;
}

absl::StatusOr<v1::Queue> PushOperatorService::ActOnQueue(
    const std::string& appservice_id, const std::string& reason,
    absl::StatusOr<QueueAct> act) {
  CAUSEWAY_RETURN_IF_ERROR(act.status());
  CAUSEWAY_RETURN_IF_ERROR(
      Act(appservice_id, reason, *std::move(act)).status());
  return FindQueue(appservice_id);
}

grpc::ServerUnaryReactor* PushOperatorService::RetryNow(
    grpc::CallbackServerContext* context, const v1::RetryNowRequest* request,
    v1::RetryNowResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this,
       request](const CallContext&) -> absl::StatusOr<v1::RetryNowResponse> {
        CAUSEWAY_RETURN_IF_ERROR(
            Act(request->appservice_id(), request->reason(), RetryHead())
                .status());
        return v1::RetryNowResponse();
      });
}

grpc::ServerUnaryReactor* PushOperatorService::PauseQueue(
    grpc::CallbackServerContext* context, const v1::PauseQueueRequest* request,
    v1::Queue* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext&) {
        return ActOnQueue(request->appservice_id(), request->reason(),
                          push::PauseQueue());
      });
}

grpc::ServerUnaryReactor* PushOperatorService::ResumeQueue(
    grpc::CallbackServerContext* context, const v1::ResumeQueueRequest* request,
    v1::Queue* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext&) {
        return ActOnQueue(request->appservice_id(), request->reason(),
                          push::ResumeQueue());
      });
}

grpc::ServerUnaryReactor* PushOperatorService::SetPolicy(
    grpc::CallbackServerContext* context, const v1::SetPolicyRequest* request,
    v1::Queue* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext&) {
        return ActOnQueue(request->appservice_id(), request->reason(),
                          ToAct(*request));
      });
}

grpc::ServerUnaryReactor* PushOperatorService::SkipTransaction(
    grpc::CallbackServerContext* context,
    const v1::SkipTransactionRequest* request, v1::Queue* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const CallContext&) { return Skip(*request); });
}

// Its owner alone knows how the last attempt went, and forgets it by this.
absl::StatusOr<v1::Queue> PushOperatorService::Skip(
    const v1::SkipTransactionRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(request.appservice_id()));
  CAUSEWAY_RETURN_IF_ERROR(CheckTxnId(request.txn_id()));
  CAUSEWAY_ASSIGN_OR_RETURN(const QueueSummary summary,
                            store_.FindQueue(request.appservice_id()));
  return ActOnQueue(request.appservice_id(), request.reason(),
                    push::SkipTransaction{
                        .txn_id = request.txn_id(),
                        .last_attempt = LastAttemptOf(
                            request.txn_id(), owners_.Ask({summary}).front())});
}

grpc::ServerUnaryReactor* PushOperatorService::MoveToNow(
    grpc::CallbackServerContext* context, const v1::MoveToNowRequest* request,
    v1::Queue* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext&) {
        return ActOnQueue(request->appservice_id(), request->reason(),
                          push::MoveToNow());
      });
}

grpc::ServerUnaryReactor* PushOperatorService::Replay(
    grpc::CallbackServerContext* context, const v1::ReplayRequest* request,
    v1::ReplayResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this,
       request](const CallContext& call) -> absl::StatusOr<v1::ReplayResponse> {
        return request->has_range()
                   ? range_replayer_.Replay(*request, call.deadline)
                   : ReplayOne(*request);
      });
}

absl::StatusOr<v1::ReplayResponse> PushOperatorService::ReplayOne(
    const v1::ReplayRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckTxnId(request.txn_id()));
  CAUSEWAY_ASSIGN_OR_RETURN(const ActOutcome outcome,
                            Act(request.appservice_id(), request.reason(),
                                ReplayTransaction{request.txn_id()}));
  v1::ReplayResponse response;
  response.set_event_count(outcome.event_count);
  return response;
}

grpc::ServerUnaryReactor* PushOperatorService::ForgetLeftHistories(
    grpc::CallbackServerContext* context,
    const v1::ForgetLeftHistoriesRequest* request,
    v1::ForgetLeftHistoriesResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const CallContext&) { return ForgetLeft(*request); });
}

absl::StatusOr<v1::ForgetLeftHistoriesResponse> PushOperatorService::ForgetLeft(
    const v1::ForgetLeftHistoriesRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSourceName(request.source(), "source"));
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(request.reason()));
  v1::ForgetLeftHistoriesResponse response;
  CAUSEWAY_ASSIGN_OR_RETURN(
      const int64_t count,
      store_.ForgetLeftHistories(request.source(), request.reason()));
  response.set_forgotten_histories(count);
  return response;
}

}  // namespace causeway::push
