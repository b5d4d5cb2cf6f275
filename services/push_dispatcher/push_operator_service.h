#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_OPERATOR_SERVICE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_OPERATOR_SERVICE_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/push_dispatcher/event_explainer.h"
#include "services/push_dispatcher/owner_inquiry.h"
#include "services/push_dispatcher/queue_watch_feed.h"
#include "services/push_dispatcher/range_replayer.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/executor.h"

namespace causeway::push {

// causeway.push.v1.PushOperator over gRPC: what operators see and do.
//
// Thread-safe.
class PushOperatorService final : public v1::PushOperator::CallbackService {
 public:
  struct Options {
    // An act has changed a queue in the store: the owner is to take it again
    // at once (LeaseKeeper::Kick()).
    std::function<void()> queue_changed;
  };

  // All must outlive the service. `options` are called on any thread.
  PushOperatorService(Options options, OperatorStore& store,
                      const OwnerInquiry& owners, EventExplainer& explainer,
                      QueueWatchFeed& watch_feed, RangeReplayer& range_replayer,
                      const Clock& clock, server::Executor& executor)
      : options_(std::move(options)),
        store_(store),
        owners_(owners),
        explainer_(explainer),
        watch_feed_(watch_feed),
        range_replayer_(range_replayer),
        clock_(clock),
        executor_(executor) {}

  grpc::ServerUnaryReactor* GetQueue(grpc::CallbackServerContext* context,
                                     const v1::GetQueueRequest* request,
                                     v1::Queue* response) override;
  grpc::ServerUnaryReactor* ListQueues(
      grpc::CallbackServerContext* context,
      const v1::ListQueuesRequest* request,
      v1::ListQueuesResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchQueuesResponse>* WatchQueues(
      grpc::CallbackServerContext* context,
      const v1::WatchQueuesRequest* request) override;
  grpc::ServerUnaryReactor* RetryNow(grpc::CallbackServerContext* context,
                                     const v1::RetryNowRequest* request,
                                     v1::RetryNowResponse* response) override;
  grpc::ServerUnaryReactor* PauseQueue(grpc::CallbackServerContext* context,
                                       const v1::PauseQueueRequest* request,
                                       v1::Queue* response) override;
  grpc::ServerUnaryReactor* ResumeQueue(grpc::CallbackServerContext* context,
                                        const v1::ResumeQueueRequest* request,
                                        v1::Queue* response) override;
  grpc::ServerUnaryReactor* SetPolicy(grpc::CallbackServerContext* context,
                                      const v1::SetPolicyRequest* request,
                                      v1::Queue* response) override;
  grpc::ServerUnaryReactor* SkipTransaction(
      grpc::CallbackServerContext* context,
      const v1::SkipTransactionRequest* request, v1::Queue* response) override;
  grpc::ServerUnaryReactor* Replay(grpc::CallbackServerContext* context,
                                   const v1::ReplayRequest* request,
                                   v1::ReplayResponse* response) override;
  grpc::ServerUnaryReactor* MoveToNow(grpc::CallbackServerContext* context,
                                      const v1::MoveToNowRequest* request,
                                      v1::Queue* response) override;
  grpc::ServerUnaryReactor* ForgetLeftHistories(
      grpc::CallbackServerContext* context,
      const v1::ForgetLeftHistoriesRequest* request,
      v1::ForgetLeftHistoriesResponse* response) override;
  grpc::ServerUnaryReactor* ListTransactions(
      grpc::CallbackServerContext* context,
      const v1::ListTransactionsRequest* request,
      v1::ListTransactionsResponse* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const v1::ExplainRequest* request,
                                    v1::ExplainResponse* response) override;
  grpc::ServerUnaryReactor* ListAuditRecords(
      grpc::CallbackServerContext* context,
      const v1::ListAuditRecordsRequest* request,
      v1::ListAuditRecordsResponse* response) override;

 private:
  absl::StatusOr<v1::Queue> FindQueue(const std::string& appservice_id);
  absl::StatusOr<v1::ListQueuesResponse> QueuesPage(
      const v1::ListQueuesRequest& request);
  absl::StatusOr<v1::ListTransactionsResponse> TransactionsPage(
      const v1::ListTransactionsRequest& request);
  absl::StatusOr<v1::ListAuditRecordsResponse> AuditRecordsPage(
      const v1::ListAuditRecordsRequest& request);
  absl::StatusOr<v1::Queue> Skip(const v1::SkipTransactionRequest& request);
  absl::StatusOr<v1::ReplayResponse> ReplayOne(
      const v1::ReplayRequest& request);
  absl::StatusOr<v1::ForgetLeftHistoriesResponse> ForgetLeft(
      const v1::ForgetLeftHistoriesRequest& request);

  // Does the act, here and now.
  absl::StatusOr<ActOutcome> Act(const std::string& appservice_id,
                                 const std::string& reason, QueueAct act);
  // The same, and shows what has become of the queue. `act` may be an error.
  absl::StatusOr<v1::Queue> ActOnQueue(const std::string& appservice_id,
                                       const std::string& reason,
                                       absl::StatusOr<QueueAct> act);

  const Options options_;
  OperatorStore& store_;
  const OwnerInquiry& owners_;
  EventExplainer& explainer_;
  QueueWatchFeed& watch_feed_;
  RangeReplayer& range_replayer_;
  const Clock& clock_;
  server::Executor& executor_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_OPERATOR_SERVICE_H_
