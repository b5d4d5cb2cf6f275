#ifndef CAUSEWAY_SERVICES_REGISTRY_ADMISSION_H_
#define CAUSEWAY_SERVICES_REGISTRY_ADMISSION_H_

#include <vector>

#include "absl/status/status.h"
#include "services/registry/grant.h"
#include "services/registry/incumbents.h"
#include "services/registry/namespace_claims.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::registry {

// Whether `wanted` may be registered under `grant` beside `others`, all
// application services but the one whose registration it replaces. Pure.
//
// An ID has one exclusive owner at most. So an exclusive namespace may have no
// ID in common with an exclusive one of another application service; what isn't
// exclusive may overlap anything, and one's own namespaces may overlap each
// other. An application service's own user counts as an exclusive namespace.
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
//
//   PERMISSION_DENIED (M_FORBIDDEN)   beyond the grant: URL, own user, or a
//                                     namespace, with an ID that it would claim
//   ALREADY_EXISTS (M_UNKNOWN)        id or sender_localpart is another's
//   ALREADY_EXISTS (M_EXCLUSIVE)      overlap, or none that can be ruled out;
//                                     names the other, both regexes, an example
//   RESOURCE_EXHAUSTED                NamespaceIndex would take no more
//
// In two halves: what is about the grant alone, and the rest. `claims` are all
// that `wanted` makes; what `comparison` has found disjoint before isn't
// compared again.
absl::Status AdmitByGrant(const Registration& wanted, const Grant& grant,
                          const matrix::ServerName& server_name);
absl::Status AdmitBeside(const Registration& wanted,
                         const std::vector<Claim>& claims,
                         const Incumbents& others,
                         const matrix::ServerName& server_name,
                         Comparison& comparison);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_ADMISSION_H_
