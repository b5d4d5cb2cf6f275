#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_AUDIT_RECORD_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_AUDIT_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

inline constexpr size_t kReasonBytesMax = 1024;

inline constexpr char kOperatorActor[] = "operator";
// Who acts when no person does.
inline constexpr char kDispatcherActor[] = "push_dispatcher";

// One thing that was done to a queue other than delivering it (P6), or to a
// source.
struct AuditRecord {
  int64_t id = 0;               // By the store, growing.
  absl::Time create_time = {};  // By the store.
  std::string actor = {};
  std::string action;  // "queue_paused", "transaction_retired", ...
  AppserviceUid uid = 0;
  std::string appservice_id = {};
  std::string detail = {};  // "n-7, events: 3". At most kReasonBytesMax.
  std::string reason;       // At most kReasonBytesMax.

  bool operator==(const AuditRecord&) const = default;
};

// `text`, which may come from an application service, so that every store can
// keep it: at most kReasonBytesMax of UTF-8 without NUL.
std::string ToReason(absl::string_view text);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_AUDIT_RECORD_H_
