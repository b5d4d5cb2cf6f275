#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_SERVICE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_SERVICE_H_

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/ingest/ephemeral_router.h"
#include "services/push_dispatcher/ingest/ingest.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/executor.h"

namespace causeway::push {

// causeway.push.v1.PushDispatcher over gRPC: decodes, calls, encodes.
//
// Thread-safe.
class PushService final : public v1::PushDispatcher::CallbackService {
 public:
  struct Listeners {
    // Another replica has let this one have some of its queues. Doesn't wait.
    std::function<void()> queues_handed_over;
  };

  // All must outlive the service. `applied` has the registrations in force.
  PushService(Ingest& ingest, IngestStore& store, EphemeralRouter& ephemeral,
              DeliveryLoop& loop, registry_watch::LatestSnapshot& applied,
              const Clock& clock, server::Executor& executor,
              Listeners listeners)
      : ingest_(ingest),
        store_(store),
        ephemeral_(ephemeral),
        loop_(loop),
        applied_(applied),
        clock_(clock),
        executor_(executor),
        listeners_(std::move(listeners)) {}

  grpc::ServerUnaryReactor* GetSource(grpc::CallbackServerContext* context,
                                      const v1::GetSourceRequest* request,
                                      v1::Source* response) override;
  grpc::ServerUnaryReactor* GetSourceHistory(
      grpc::CallbackServerContext* context,
      const v1::GetSourceHistoryRequest* request,
      v1::SourceHistory* response) override;
  grpc::ServerUnaryReactor* RestartSource(
      grpc::CallbackServerContext* context,
      const v1::RestartSourceRequest* request,
      v1::RestartSourceResponse* response) override;
  grpc::ServerUnaryReactor* Publish(grpc::CallbackServerContext* context,
                                    const v1::PublishRequest* request,
                                    v1::PublishResponse* response) override;
  grpc::ServerUnaryReactor* PublishEphemeral(
      grpc::CallbackServerContext* context,
      const v1::PublishEphemeralRequest* request,
      v1::PublishEphemeralResponse* response) override;
  grpc::ServerUnaryReactor* PublishTransaction(
      grpc::CallbackServerContext* context,
      const v1::PublishTransactionRequest* request,
      v1::PublishTransactionResponse* response) override;
  grpc::ServerUnaryReactor* AwaitRevision(
      grpc::CallbackServerContext* context,
      const v1::AwaitRevisionRequest* request,
      v1::AwaitRevisionResponse* response) override;
  grpc::ServerUnaryReactor* ReportSignsOfLife(
      grpc::CallbackServerContext* context,
      const v1::ReportSignsOfLifeRequest* request,
      v1::ReportSignsOfLifeResponse* response) override;
  grpc::ServerUnaryReactor* Wake(grpc::CallbackServerContext* context,
                                 const v1::WakeRequest* request,
                                 v1::WakeResponse* response) override;
  grpc::ServerUnaryReactor* ListDeliveries(
      grpc::CallbackServerContext* context,
      const v1::ListDeliveriesRequest* request,
      v1::ListDeliveriesResponse* response) override;

 private:
  absl::StatusOr<v1::Source> HandleGetSource(
      const v1::GetSourceRequest& request);
  absl::StatusOr<v1::SourceHistory> HandleGetSourceHistory(
      const v1::GetSourceHistoryRequest& request);
  absl::StatusOr<v1::RestartSourceResponse> HandleRestartSource(
      const v1::RestartSourceRequest& request);
  absl::StatusOr<v1::PublishEphemeralResponse> HandlePublishEphemeral(
      const v1::PublishEphemeralRequest& request);
  absl::Status HandleSignsOfLife(const v1::ReportSignsOfLifeRequest& request);
  absl::Status HandleWake(const v1::WakeRequest& request);
  absl::Status HandleListDeliveries(const v1::ListDeliveriesRequest& request,
                                    v1::ListDeliveriesResponse& response);

  Ingest& ingest_;
  IngestStore& store_;
  EphemeralRouter& ephemeral_;
  DeliveryLoop& loop_;
  registry_watch::LatestSnapshot& applied_;
  const Clock& clock_;
  server::Executor& executor_;
  const Listeners listeners_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_SERVICE_H_
