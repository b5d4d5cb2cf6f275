// What operators do to queues (P6). All acts are one mechanism:
//
//   the queue's row is locked
//     ApplyAct(): what is to become of it, pure
//   head and settings are set, the epoch is raised, the row is taken from its
//   owner's incarnation, and who did what and why is recorded
//   commit
//
// So whatever the owner was about to write will be refused, and in its next
// round it takes the queue again, as it is now (lease_store.h).
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_ACT_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_ACT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/set_aside.h"

namespace causeway::push {

struct PauseQueue {};
struct ResumeQueue {};
// All settings but `paused`, which stays, and what was learnt, which is
// forgotten.
struct SetPolicy {
  QueueSettings policy;
};
// The head is tried at once.
struct RetryHead {};
// Gives up the first sealed transaction.
struct SkipTransaction {
  std::string txn_id;
  LastAttempt last_attempt = {};  // For the record.
};
// Gives up whatever is queued.
struct MoveToNow {};
// Queues the events of a quarantined transaction again, for this application
// service alone.
struct ReplayTransaction {
  std::string txn_id;
};

// Queues these events again, at least one, for this application service alone.
struct ReplayEvents {
  std::string detail;  // Which those are, for the record.
  std::vector<std::string> events;
  EventSet to_device = {};  // Which of them are to-device messages.
};

using QueueAct =
    std::variant<PauseQueue, ResumeQueue, SetPolicy, RetryHead, SkipTransaction,
                 MoveToNow, ReplayTransaction, ReplayEvents>;

struct OperatorAct {
  std::string appservice_id;
  std::string actor = kOperatorActor;
  std::string reason;  // 1 to kReasonBytesMax, UTF-8, without NUL.
  QueueAct act;
};

struct ActOutcome {
  AppserviceUid uid = 0;
  // That were given up, or queued again.
  int64_t event_count = 0;
};

// What an act has to know, read while the row is locked.
struct QueueFacts {
  std::string appservice_id;
  QueueHead head;
  QueueSettings settings;
  // For MoveToNow: where the sources end, and how many events are queued.
  Cursors source_ends = {};
  int64_t queued_events = 0;
  // For ReplayTransaction: the one asked for, if there is one, and its bytes.
  std::optional<SetAsideTransaction> set_aside = {};
  std::string body = {};
};

struct QueueChange {
  QueueHead head;
  QueueSettings settings;
  int64_t event_count = 0;
  WriteRecords records = {};
  // To be queued again, in order, and which of them are to-device messages.
  std::vector<std::string> replayed_events = {};
  EventSet replayed_to_device = {};
};

// NOT_FOUND, as every store says it.
absl::Status NoSuchQueue(absl::string_view appservice_id);

// NOT_FOUND: there is no such transaction. FAILED_PRECONDITION: it isn't the
// first sealed one, isn't quarantined, was replayed already, or its bytes are
// dropped. DATA_LOSS: it was quarantined, but can't be read.
absl::StatusOr<QueueChange> ApplyAct(const QueueAct& act,
                                     const std::string& reason,
                                     const QueueFacts& facts);

// The source that replayed events come from. Names that begin like it are the
// dispatcher's own.
inline constexpr char kOwnSourcePrefix[] = "causeway:";
inline constexpr char kReplaySource[] = "causeway:replay";

// The batch that brings `events`, at least one, to the queue of `uid`.
// `to_device` are to-device messages. They are no news to anybody else, nor to
// what is known of rooms.
IngestBatch ReplayBatch(const SourceState& source, AppserviceUid uid,
                        const std::vector<std::string>& events,
                        const EventSet& to_device = {});

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_ACT_H_
