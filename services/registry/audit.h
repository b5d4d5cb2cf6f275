#ifndef CAUSEWAY_SERVICES_REGISTRY_AUDIT_H_
#define CAUSEWAY_SERVICES_REGISTRY_AUDIT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/grant.h"
#include "services/registry/pending_request.h"

namespace causeway::registry {

// What was done, as it is stored. No enum: what another release has stored is
// listed too.
inline constexpr char kCreateGrant[] = "create_grant";
inline constexpr char kUpdateGrant[] = "update_grant";
inline constexpr char kDeleteGrant[] = "delete_grant";
inline constexpr char kRegister[] = "register";  // For the first time.
inline constexpr char kReplaceRegistration[] = "replace_registration";
inline constexpr char kUnregister[] = "unregister";
inline constexpr char kRotateHsToken[] = "rotate_hs_token";
inline constexpr char kResealHsTokens[] = "reseal_hs_tokens";
inline constexpr char kKeepRequest[] = "keep_request";  // Beyond the grant.
inline constexpr char kApproveRequest[] = "approve_request";  // Of a grant.
inline constexpr char kRejectRequest[] = "reject_request";

// One change of a grant, a registration or a pending request, written in the
// transaction that makes it, so that there is no change without its record. But
// that a request is pending no more since it was fulfilled, or since newer ones
// took its place (PutPendingRequest), has none of its own.
struct AuditRecord {
  int64_t revision = 0;  // After the change.
  absl::Time create_time;
  // "operator"; "appservice NAME" for the holder of that grant's as_token;
  // "expiry" when a grant's time is over.
  std::string actor;
  std::string action;       // One of the above.
  std::string request_id;   // Under which the logs of all services tell more.
  std::string before_json;  // Empty: there was nothing.
  std::string after_json;   // Empty: there is nothing left.
  std::string reason;       // An operator's. May be empty.
};

inline constexpr size_t kReasonBytesMax = 1024;
// INVALID_ARGUMENT above that, and for NUL, which PostgreSQL can't store.
absl::Status CheckReason(absl::string_view reason);

// One as it is stored.
struct StoredAuditRecord {
  int64_t record_id = 0;  // Counts up.
  AuditRecord record;
};

// JSON objects for AuditRecord. No tokens in any form: as_tokens of the draft's
// days can be short enough to be found from their hash.
std::string AuditJson(const Grant& grant);
std::string AuditJson(const Appservice& appservice);
std::string AuditJson(const PendingRequest& request);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_AUDIT_H_
