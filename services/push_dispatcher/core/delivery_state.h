#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_STATE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_STATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// Where the delivery of one queue stands. What each phase waits for:
enum class Phase {
  kUnowned,        // The lease.
  kReading,        // The head, after a write whose outcome isn't known.
  kIdle,           // Something to be queued.
  kLoading,        // The next cut. Nothing is sealed.
  kSealing,        // The commit of the seal.
  kRebuilding,     // The sealed bytes, to be sent again.
  kAwaitingStray,  // An attempt of an earlier lease of ours that is still out.
  kSending,        // The application service's answer.
  kFinishing,  // The next cut, to commit it together with the acknowledgement.
  kAcknowledging,  // The commit of the acknowledgement.
  kReplacing,      // A smaller cut in place of one that was too large.
  kBackingOff,     // The time of the next attempt.
  kBlocked,        // An operator: the sealed bytes can't be made again.
};

// "unowned", "reading", ...
absl::string_view PhaseName(Phase phase);

// All that the owner of a queue remembers. Nothing of it need survive: what has
// to is in the head, and that is in the store.
struct DeliveryState {
  Phase phase = Phase::kUnowned;

  Epoch epoch = 0;
  std::string nonce;
  int64_t ids_drawn = 0;  // An ID once drawn isn't used again, sealed or not.

  QueueHead head;  // By the last write that is known to have been committed.

  // The sealed transaction's bytes; only while it is being sent.
  std::shared_ptr<const std::string> body;
  // What is to be sealed next, or is being sealed.
  std::optional<Cut> next;
  // What is being committed.
  QueueWrite write;

  // Nothing new is begun; what is half done ends in kUnowned.
  bool draining = false;

  // Something was queued after the last LoadNext.
  bool woken = false;
  // Whether there is probably more behind the sealed transaction.
  bool more = false;
  SourceId last_source = 0;

  // Of the sealed transaction.
  int64_t attempts = 0;
  AttemptOutcome last_outcome = AttemptOutcome::kDelivered;
  // In a row, for the backoff.
  int64_t failures = 0;
  // Learnt from a 413; 0: no limit but the configured.
  int32_t events_max_learned = 0;

  // By the clock of Moment. Means nothing in phases that don't wait for time.
  absl::Duration timer_at;

  // Those that are still out. 0: none.
  Ticket load_ticket = 0;
  Ticket rebuild_ticket = 0;
  Ticket write_ticket = 0;
  Ticket read_ticket = 0;
  // Outlives the lease, so that there is never a second attempt beside it.
  Ticket attempt_ticket = 0;
  Ticket last_ticket = 0;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_STATE_H_
