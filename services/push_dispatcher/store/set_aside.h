#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SET_ASIDE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SET_ASIDE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/store/audit_record.h"

namespace causeway::push {

// A transaction that ended otherwise than by being taken. Kept for long, the
// bytes of quarantined ones less so (SweepOptions), so that it can be told
// which events an application service didn't get.
struct SetAsideTransaction {
  int64_t id = 0;  // By the store, growing.
  SealedTransaction sealed;
  // Its events are the queue's behind this position of the source, up to
  // sealed.last_position.
  int64_t after_position = 0;
  Settlement::Kind kind = Settlement::Kind::kSkipped;
  std::string reason;  // At most kReasonBytesMax.
  absl::Time settle_time = {};
  // Of a quarantined one: when its events were queued again.
  std::optional<absl::Time> replay_time = {};
  // When its bytes were dropped, being too old.
  std::optional<absl::Time> expire_time = {};
  // As far as it was known.
  LastAttempt last_attempt = {};
};

// "acknowledged", "quarantined", "skipped", "dropped".
absl::string_view SettlementName(Settlement::Kind kind);

// What a write leaves behind besides the head (P6).
struct WriteRecords {
  struct SetAside {
    SetAsideTransaction transaction;
    std::shared_ptr<const std::string> body;  // Of a quarantined one.
  };
  std::vector<SetAside> set_aside;
  // `action`, `detail` and `reason` alone.
  std::vector<AuditRecord> acts;
};

// Whether it leaves any. Most don't.
bool LeavesRecords(const QueueWrite& write);

// Of the end of a quarantined transaction's bytes.
WriteRecords ExpiryRecords(absl::string_view txn_id, int32_t event_count);

// `before`: the cursors that the write finds.
WriteRecords RecordsOf(const QueueWrite& write, const Cursors& before);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SET_ASIDE_H_
