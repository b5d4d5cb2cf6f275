#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_CHANGES_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_CHANGES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/audit.h"
#include "services/registry/grant.h"
#include "services/registry/registry_store.h"

// Steps that several changes of the registry have in common.
namespace causeway::registry {

// Who acts, when, and what the call has in the logs: what an audit record says
// of each change.
struct Actor {
  std::string name;  // As AuditRecord::actor.
  absl::Time now;
  std::string request_id;
  std::string reason = {};  // An operator's.
};

inline constexpr char kOperator[] = "operator";
std::string HolderOf(const Grant& grant);

// A record of `action`, to be given what was before and after. Its revision is
// that of `change`, which must have been advanced already if it is to be.
AuditRecord MakeAuditRecord(const RegistryStore::Change& change,
                            std::string action, const Actor& actor);

// Ends a registration under the next revision, with its audit record.
absl::Status EndRegistration(RegistryStore::Change& change,
                             const Appservice& appservice, const Actor& actor);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_CHANGES_H_
