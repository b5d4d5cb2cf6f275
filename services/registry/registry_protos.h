#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_PROTOS_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_PROTOS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/registry/appservice.h"
#include "services/registry/audit.h"
#include "services/registry/grant.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/namespace_check.h"
#include "services/registry/pending_request.h"
#include "services/registry/registrar.h"
#include "services/registry/registry_store.h"

// The registry's types as messages and back. What comes in isn't checked here,
// but for what only a message can get wrong.
namespace causeway::registry {

v1::Appservice ToProto(const Appservice& appservice, bool with_secrets);
v1::Grant ToProto(const GrantInUse& grant);
v1::PendingRequest ToProto(const PendingRequest& request);
v1::ListAuditRecordsResponse::Record ToProto(const AuditRecord& record);

// INVALID_ARGUMENT (M_INVALID_PARAM) when `expire_time` is none; so below.
absl::StatusOr<Grant> FromProto(const v1::CreateGrantRequest& request);
absl::StatusOr<GrantKeeper::Update> FromProto(
    const v1::UpdateGrantRequest& request);

// INVALID_ARGUMENT (M_INVALID_PARAM) names the namespace without a kind, or the
// dialect that isn't one.
absl::StatusOr<Registrar::Application> FromProto(
    const v1::RegisterRequest& request);

// INVALID_ARGUMENT (M_INVALID_PARAM) names the namespace without a kind.
absl::StatusOr<Registrar::Question> FromProto(
    const v1::CheckNamespacesRequest& request);

v1::CheckNamespacesResponse ToProto(const std::vector<Finding>& findings);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_PROTOS_H_
