#ifndef CAUSEWAY_SERVICES_REGISTRY_GRANT_EXCESS_H_
#define CAUSEWAY_SERVICES_REGISTRY_GRANT_EXCESS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/registry/grant.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/algebra.h"

namespace causeway::registry {

// One thing in which a registration goes beyond a grant.
struct Excess {
  std::string field;     // "url", "namespaces.users[0]", "sender_localpart".
  absl::Status refusal;  // PERMISSION_DENIED (M_FORBIDDEN).
  std::string witness;   // An ID that shows it. May be empty.
};

// All in which `wanted`, a parsed one, is beyond `grant`, in the order of its
// fields. Pure. INVALID_ARGUMENT as MakeClaim.
absl::StatusOr<std::vector<Excess>> FindExcess(
    const Registration& wanted, const Grant& grant,
    const matrix::ServerName& server_name, namespaces::Algebra& algebra);

// `grant`, with what `excess` of `wanted` takes besides, and no more: a
// namespace becomes a ceiling, its URL the prefix, its own user the grant's.
Grant Widened(Grant grant, const Registration& wanted,
              const std::vector<Excess>& excess);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_GRANT_EXCESS_H_
