#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_OPERATOR_SERVICE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_OPERATOR_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/executor.h"

namespace causeway::push {

// causeway.push.v1.PushOperator over gRPC: what operators see and do. What the
// contract says is UNIMPLEMENTED today is left to the generated base.
//
// Thread-safe.
class PushOperatorService final : public v1::PushOperator::CallbackService {
 public:
  // All must outlive the service.
  PushOperatorService(OperatorStore& store, DeliveryLoop& loop,
                      const Clock& clock, server::Executor& executor)
      : store_(store), loop_(loop), clock_(clock), executor_(executor) {}

  grpc::ServerUnaryReactor* GetQueue(grpc::CallbackServerContext* context,
                                     const v1::GetQueueRequest* request,
                                     v1::Queue* response) override;
  grpc::ServerUnaryReactor* ListQueues(
      grpc::CallbackServerContext* context,
      const v1::ListQueuesRequest* request,
      v1::ListQueuesResponse* response) override;
  grpc::ServerUnaryReactor* RetryNow(grpc::CallbackServerContext* context,
                                     const v1::RetryNowRequest* request,
                                     v1::RetryNowResponse* response) override;

 private:
  absl::StatusOr<QueueSummary> Find(const std::string& appservice_id);
  absl::StatusOr<v1::ListQueuesResponse> HandleListQueues(
      const v1::ListQueuesRequest& request);
  absl::StatusOr<v1::RetryNowResponse> HandleRetryNow(
      const v1::RetryNowRequest& request);
  v1::Queue ToProto(const QueueSummary& summary) const;

  OperatorStore& store_;
  DeliveryLoop& loop_;
  const Clock& clock_;
  server::Executor& executor_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_OPERATOR_SERVICE_H_
