#ifndef CAUSEWAY_SERVICES_REGISTRY_OPERATOR_REQUESTS_H_
#define CAUSEWAY_SERVICES_REGISTRY_OPERATOR_REQUESTS_H_

#include "absl/status/statusor.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/registry/change_feed.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/registrar.h"
#include "services/registry/registry_store.h"
#include "services/shared/server/call_context.h"

namespace causeway::registry {

// What operators ask of the registry, without the gRPC around it: takes
// messages apart, asks the GrantKeeper, the
// Registrar or the store, puts the answer together.
// Errors: registry.proto.
//
// Thread-safe. Calls block on the store.
class OperatorRequests {
 public:
  // All must outlive it.
  OperatorRequests(GrantKeeper& grants, Registrar& registrar,
                   RegistryStore& store, ChangeFeed& feed);

  absl::StatusOr<v1::Grant> CreateGrant(const v1::CreateGrantRequest& request,
                                        const server::CallContext& call);
  absl::StatusOr<v1::Grant> GetGrant(const v1::GetGrantRequest& request);
  absl::StatusOr<v1::ListGrantsResponse> ListGrants(
      const v1::ListGrantsRequest& request);
  absl::StatusOr<v1::UpdateGrantResponse> UpdateGrant(
      const v1::UpdateGrantRequest& request, const server::CallContext& call);
  absl::StatusOr<v1::DeleteGrantResponse> DeleteGrant(
      const v1::DeleteGrantRequest& request, const server::CallContext& call);

  absl::StatusOr<v1::ListPendingRequestsResponse> ListPendingRequests(
      const v1::ListPendingRequestsRequest& request);
  absl::StatusOr<v1::ApprovePendingRequestResponse> ApprovePendingRequest(
      const v1::ApprovePendingRequestRequest& request,
      const server::CallContext& call);
  absl::StatusOr<v1::RejectPendingRequestResponse> RejectPendingRequest(
      const v1::RejectPendingRequestRequest& request,
      const server::CallContext& call);
  absl::StatusOr<v1::RotateHsTokenResponse> RotateHsToken(
      const v1::RotateHsTokenRequest& request, const server::CallContext& call);
  absl::StatusOr<v1::ResealHsTokensResponse> ResealHsTokens(
      const server::CallContext& call);
  absl::StatusOr<v1::ListAuditRecordsResponse> ListAuditRecords(
      const v1::ListAuditRecordsRequest& request);

 private:
  GrantKeeper& grants_;
  Registrar& registrar_;
  RegistryStore& store_;
  ChangeFeed& feed_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_OPERATOR_REQUESTS_H_
