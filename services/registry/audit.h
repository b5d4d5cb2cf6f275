#ifndef CAUSEWAY_SERVICES_REGISTRY_AUDIT_H_
#define CAUSEWAY_SERVICES_REGISTRY_AUDIT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/grant.h"

namespace causeway::registry {

enum class AuditAction {
  kCreateGrant,
  kUpdateGrant,
  kDeleteGrant,
  kRegister,  // For the first time.
  kReplaceRegistration,
  kUnregister,
};

// "create_grant" and so on, as they are stored.
absl::string_view AuditActionName(AuditAction action);

// One change of a grant or a registration, written in the transaction that
// makes it, so that there is no change without its record.
struct AuditRecord {
  int64_t revision = 0;  // After the change.
  absl::Time create_time;
  // "operator"; "appservice NAME" for the holder of that grant's as_token;
  // "expiry" when a grant's time is over.
  std::string actor;
  AuditAction action = AuditAction::kRegister;
  std::string request_id;   // Under which the logs of all services tell more.
  std::string before_json;  // Empty: there was nothing.
  std::string after_json;   // Empty: there is nothing left.
};

// JSON objects for AuditRecord. No tokens in any form: as_tokens of the draft's
// days can be short enough to be found from their hash.
std::string AuditJson(const Grant& grant);
std::string AuditJson(const Appservice& appservice);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_AUDIT_H_
