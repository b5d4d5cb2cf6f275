#ifndef CAUSEWAY_SERVICES_REGISTRY_NAME_CLAIMS_H_
#define CAUSEWAY_SERVICES_REGISTRY_NAME_CLAIMS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/registry/grant.h"
#include "services/registry/incumbents.h"
#include "services/shared/matrix/identifiers.h"

// The id, URL and own user that are wanted, each held against what may stand in
// its way, as namespaces are in namespace_claims.h. OK when nothing does. Pure.
namespace causeway::registry {

// PERMISSION_DENIED (M_FORBIDDEN). `url` is a checked one.
absl::Status HoldUrlAgainstGrant(absl::string_view url, const Grant& grant);

// Whether it is called as the grant, named by it, or within a users ceiling.
// PERMISSION_DENIED (M_FORBIDDEN).
absl::Status HoldSenderAgainstGrant(const matrix::UserId& sender,
                                    const Grant& grant);

// Whether it is the id or the own user of one of `others`.
// ALREADY_EXISTS (M_UNKNOWN).
absl::Status HoldIdAgainstOthers(absl::string_view id,
                                 const Incumbents& others);
absl::Status HoldSenderAgainstOthers(const matrix::UserId& sender,
                                     const Incumbents& others);

// Whether it lies in an exclusive namespace of one of `others`.
// ALREADY_EXISTS (M_EXCLUSIVE).
absl::Status HoldSenderAgainstNamespaces(const matrix::UserId& sender,
                                         const Incumbents& others);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_NAME_CLAIMS_H_
