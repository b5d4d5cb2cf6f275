#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_SERVICE_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/registry/change_feed.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/operator_requests.h"
#include "services/registry/registrar.h"
#include "services/registry/registry_metrics.h"
#include "services/registry/registry_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

namespace causeway::registry {

// causeway.registry.v1.Registry: takes messages apart, asks the Registrar or
// the store, puts the answer together; what operators
// ask it leaves to OperatorRequests. Errors: registry.proto.
//
// Thread-safe.
class RegistryService final : public v1::Registry::CallbackService {
 public:
  struct Options {
    std::string server_name;  // What Watch tells.
  };

  // All must outlive the serving.
  RegistryService(Options options, GrantKeeper& grants, Registrar& registrar,
                  RegistryStore& store, ChangeFeed& feed,
                  RegistryMetrics& metrics, const Clock& clock,
                  server::Executor& executor);

  grpc::ServerUnaryReactor* CreateGrant(grpc::CallbackServerContext* context,
                                        const v1::CreateGrantRequest* request,
                                        v1::Grant* response) override;
  grpc::ServerUnaryReactor* GetGrant(grpc::CallbackServerContext* context,
                                     const v1::GetGrantRequest* request,
                                     v1::Grant* response) override;
  grpc::ServerUnaryReactor* ListGrants(
      grpc::CallbackServerContext* context,
      const v1::ListGrantsRequest* request,
      v1::ListGrantsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateGrant(
      grpc::CallbackServerContext* context,
      const v1::UpdateGrantRequest* request,
      v1::UpdateGrantResponse* response) override;
  grpc::ServerUnaryReactor* DeleteGrant(
      grpc::CallbackServerContext* context,
      const v1::DeleteGrantRequest* request,
      v1::DeleteGrantResponse* response) override;
  grpc::ServerUnaryReactor* Register(grpc::CallbackServerContext* context,
                                     const v1::RegisterRequest* request,
                                     v1::RegisterResponse* response) override;
  grpc::ServerUnaryReactor* Unregister(
      grpc::CallbackServerContext* context,
      const v1::UnregisterRequest* request,
      v1::UnregisterResponse* response) override;
  grpc::ServerUnaryReactor* Authenticate(
      grpc::CallbackServerContext* context,
      const v1::AuthenticateRequest* request,
      v1::AuthenticateResponse* response) override;
  grpc::ServerUnaryReactor* GetAppservice(
      grpc::CallbackServerContext* context,
      const v1::GetAppserviceRequest* request,
      v1::Appservice* response) override;
  grpc::ServerUnaryReactor* ListAppservices(
      grpc::CallbackServerContext* context,
      const v1::ListAppservicesRequest* request,
      v1::ListAppservicesResponse* response) override;
  grpc::ServerUnaryReactor* CheckNamespaces(
      grpc::CallbackServerContext* context,
      const v1::CheckNamespacesRequest* request,
      v1::CheckNamespacesResponse* response) override;
  grpc::ServerUnaryReactor* ListPendingRequests(
      grpc::CallbackServerContext* context,
      const v1::ListPendingRequestsRequest* request,
      v1::ListPendingRequestsResponse* response) override;
  grpc::ServerUnaryReactor* ApprovePendingRequest(
      grpc::CallbackServerContext* context,
      const v1::ApprovePendingRequestRequest* request,
      v1::ApprovePendingRequestResponse* response) override;
  grpc::ServerUnaryReactor* RejectPendingRequest(
      grpc::CallbackServerContext* context,
      const v1::RejectPendingRequestRequest* request,
      v1::RejectPendingRequestResponse* response) override;
  grpc::ServerUnaryReactor* RotateHsToken(
      grpc::CallbackServerContext* context,
      const v1::RotateHsTokenRequest* request,
      v1::RotateHsTokenResponse* response) override;
  grpc::ServerUnaryReactor* ResealHsTokens(
      grpc::CallbackServerContext* context,
      const v1::ResealHsTokensRequest* request,
      v1::ResealHsTokensResponse* response) override;
  grpc::ServerUnaryReactor* ListAuditRecords(
      grpc::CallbackServerContext* context,
      const v1::ListAuditRecordsRequest* request,
      v1::ListAuditRecordsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context,
      const v1::WatchRequest* request) override;

 private:
  absl::StatusOr<v1::RegisterResponse> HandleRegister(
      const v1::RegisterRequest& request, const server::CallContext& call);
  absl::StatusOr<v1::UnregisterResponse> HandleUnregister(
      const v1::UnregisterRequest& request, const server::CallContext& call);
  absl::StatusOr<v1::AuthenticateResponse> HandleAuthenticate(
      const v1::AuthenticateRequest& request);
  absl::StatusOr<v1::ListAppservicesResponse> HandleListAppservices(
      const v1::ListAppservicesRequest& request);

  const Options options_;
  OperatorRequests operator_requests_;
  Registrar& registrar_;
  RegistryStore& store_;
  ChangeFeed& feed_;
  RegistryMetrics& metrics_;
  const Clock& clock_;
  server::Executor& executor_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_SERVICE_H_
