#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_OPERATOR_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_OPERATOR_STORE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/push_dispatcher/store/queue_store.h"
#include "services/push_dispatcher/store/set_aside.h"

namespace causeway::push {

// What the store knows of one queue, for people.
struct QueueSummary {
  AppserviceUid uid = 0;
  std::string appservice_id;
  std::string owner;  // Empty: nobody.
  Epoch epoch = 0;
  QueueHead head;
  // Why the store can't make sense of the head, which is empty then. Empty: it
  // can.
  std::string unreadable = {};
  QueueSettings settings = {};
  int64_t delivered_transactions = 0;
  int64_t delivered_events = 0;
  // Not acknowledged. Of more than 10,000 batches that a process of before
  // totals were kept has taken in, those of the first 10,000.
  int64_t queued_events = 0;
  // When the first of them was published.
  std::optional<absl::Time> oldest_time;
  // Transactions set aside and not replayed. Counted up to
  // kSetAsideCountedMax.
  int64_t set_aside_transactions = 0;
};

inline constexpr int64_t kSetAsideCountedMax = 10000;

struct StoredSegment {
  int64_t first_position = 0;
  EncodedSegment encoded;
};

struct SweepOptions {
  // What is stored together is given back together: at least so much, or what
  // was stored in so long.
  int64_t generation_bytes = 256 << 20;
  absl::Duration generation_age = absl::Hours(24);
  // How long a full one is left to the queues that are only a little behind,
  // before the little that is wanted of it is moved.
  absl::Duration patience = absl::Minutes(1);
  // How long the bytes of a quarantined transaction are kept.
  absl::Duration set_aside_retention = absl::InfiniteDuration();
  // How long it stays on record what was set aside, once its bytes are dropped,
  // and what was done to queues.
  absl::Duration record_retention = absl::InfiniteDuration();
  // How often it is noted where a source is: of what it tells in so long, some
  // may come twice once it has another history.
  absl::Duration source_point_interval = absl::Minutes(1);
  // That are deleted one by one, in one call.
  int32_t entries_max = 10000;
};

struct Swept {
  // Deleted one by one.
  int64_t entry_count = 0;
  int64_t segment_count = 0;
  // Given back as a whole.
  int64_t dropped_generations = 0;
  // Before this call.
  int64_t generations = 0;
  int64_t stored_bytes = 0;
  // Records that were too old, of either kind.
  int64_t set_aside_count = 0;
  int64_t audit_record_count = 0;
  // There is more to delete one by one.
  bool more = false;
};

inline constexpr int64_t kNewest = std::numeric_limits<int64_t>::max();

// What operators look at and do, and what is done now and then.
//
// Thread-safe. Calls block. Besides what is named, all fail with UNAVAILABLE
// when the database is away.
class OperatorStore {
 public:
  virtual ~OperatorStore() = default;

  // NOT_FOUND.
  virtual absl::StatusOr<QueueSummary> FindQueue(
      absl::string_view appservice_id) = 0;

  // Ordered by appservice_id, from the first behind `after` on. What can't be
  // read is told of as `unreadable` here and in ListQueuesOf(), and fails
  // FindQueue() with DATA_LOSS.
  virtual absl::StatusOr<std::vector<QueueSummary>> ListQueues(
      absl::string_view after, int32_t count_max) = 0;

  // Those of `uids` that there are, ordered by appservice_id.
  virtual absl::StatusOr<std::vector<QueueSummary>> ListQueuesOf(
      absl::Span<const AppserviceUid> uids) = 0;

  // Does an act, in one commit, and records it. NOT_FOUND as above, and what
  // ApplyAct() says. A failure of unknown outcome is UNAVAILABLE too.
  virtual absl::StatusOr<ActOutcome> Act(const OperatorAct& act) = 0;

  virtual absl::StatusOr<absl::flat_hash_map<SourceId, std::string>>
  ListSourceNames() = 0;

  // Forgets SourceHistory::left of a source, in one commit, and records it.
  // Returns how many those were. NOT_FOUND if there is no such source. `reason`
  // as in OperatorAct.
  virtual absl::StatusOr<int64_t> ForgetLeftHistories(
      absl::string_view source_name, const std::string& reason) = 0;

  // What was set aside of the queue with this uid, or of the one that once had
  // it. The newest first, from the first older than `before_id` on.
  virtual absl::StatusOr<std::vector<SetAsideTransaction>> ListSetAside(
      AppserviceUid uid, int64_t before_id, int32_t count_max) = 0;

  // Of `appservice_id`; of all if that is empty. The newest first, from the
  // first older than `before_id` on.
  virtual absl::StatusOr<std::vector<AuditRecord>> ListAuditRecords(
      absl::string_view appservice_id, int64_t before_id,
      int32_t count_max) = 0;

  // Segments of one source, the newest first, from the first that begins before
  // `before_position` on. At most `count_max`, and, unless it is one alone,
  // at most `raw_bytes_max` together.
  virtual absl::StatusOr<std::vector<StoredSegment>> ListSegments(
      SourceId source_id, int64_t before_position, int32_t count_max,
      int64_t raw_bytes_max) = 0;

  // Segments of one source that have any of the positions from `first_position`
  // to `last_position`, the oldest first. At most `count_max`, and, unless it
  // is one alone, at most `raw_bytes_max` together.
  virtual absl::StatusOr<std::vector<StoredSegment>> ListSegmentsInRange(
      SourceId source_id, int64_t first_position, int64_t last_position,
      int32_t count_max, int64_t raw_bytes_max) = 0;

  // Gives back the space of what is done with: queue entries whose events are
  // acknowledged or whose queue is gone, segments that no other entry names,
  // quarantined bytes that are too old (audited), and records that are. When,
  // is up to the store:
  // called again and again, with a `generation_bytes` of 1 and no patience, it
  // gives all back.
  virtual absl::StatusOr<Swept> Sweep(const SweepOptions& options) = 0;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_OPERATOR_STORE_H_
