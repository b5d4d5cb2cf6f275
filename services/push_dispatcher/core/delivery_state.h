#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_STATE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_STATE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/ephemeral_buffer.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"

namespace causeway::push {

// What a queue waits for, in one word, for people and metrics. Nothing is
// decided by it.
enum class Phase {
  kUnowned,        // The lease.
  kReading,        // The head, after a write whose outcome isn't known.
  kPaused,         // An operator.
  kBlocked,        // An operator: what is stored doesn't yield what to send.
  kSending,        // The application service's answer.
  kAwaitingStray,  // An attempt of an earlier lease of ours that is still out.
  kBackingOff,     // The time of the next attempt.
  kSplitting,      // Smaller transactions in place of one that was too large.
  kRebuilding,     // The sealed bytes, to be sent again.
  kCommitting,     // A seal or an acknowledgement.
  kLoading,        // The next cut.
  kSendingEphemeral,  // The answer to ephemeral data that went alone.
  kIdle,              // Something to be queued.
};

// "unowned", "reading", ...
absl::string_view PhaseName(Phase phase);

// All that the owner of a queue remembers. Nothing of it need survive: what has
// to is in the head, and that is in the store.
struct DeliveryState {
  // --- The lease. Epoch 0: the queue isn't ours. ---
  Epoch epoch = 0;
  std::string nonce;
  int64_t ids_drawn = 0;  // An ID once drawn isn't used again, sealed or not.
  QueueSettings settings;
  // Nothing new is begun; what is half done ends, and then the lease.
  bool draining = false;

  // --- What is sealed ---
  bool head_known = false;  // Else it has to be read again.
  QueueHead head;           // By the last write that is known to be committed.
  // Of head.sealed, one for each.
  struct Copy {
    // Null: to be made again before it is sent.
    std::shared_ptr<const std::string> body;
    bool inherited = false;  // An earlier owner may have sent it.
  };
  std::vector<Copy> copies;
  // What became of the first of head.sealed; to be committed. The one behind
  // them is the front: what is sent next, or is being sent.
  std::vector<Settlement> settled;

  // --- What is to be sealed ---
  std::vector<Cut> prepared;
  // In the front's place.
  std::vector<Cut> pieces;
  // Being committed, and the cuts that it seals.
  QueueWrite write;
  std::vector<Cut> sealing;
  // Something was queued after the last LoadNext.
  bool woken = false;
  // There is more behind what was loaded, or nobody knows.
  bool more = false;
  // Why what is queued can't be cut, by the last load. Empty: it can, or the
  // store was away.
  std::string load_error;
  SourceId last_source = 0;

  // --- The front ---
  int64_t attempts = 0;  // Since the owner began.
  // In a row: an answer of any other kind, or none, begins anew. What is held
  // against a transaction is that it is refused while all else is well.
  int64_t rejections = 0;
  // Its sealed bytes can't be made again, when it was last tried.
  bool not_reproduced = false;
  // The same is feared of this one, until the head has been read again.
  std::string doubted_txn_id;
  std::string alarmed_txn_id;  // The last that an operator was called for.

  // --- The application service ---
  AttemptOutcome last_outcome = AttemptOutcome::kDelivered;
  std::string last_error;
  int last_http_status = 0;
  std::string last_answer_excerpt;
  absl::Time last_attempt_time;
  int64_t failures = 0;  // In a row, for the backoff.
  bool backing_off = false;
  absl::Duration send_at;  // While backing off.
  // Until then it has asked to be left alone: signs of life count for nothing.
  absl::Duration asked_until = -absl::InfiniteDuration();
  // The last try before its time.
  absl::Duration early_try_at = -absl::InfiniteDuration();

  // --- Ephemeral data ---
  EphemeralBuffer ephemeral;
  // Up to where the load that is out, or a cut in `prepared`, has it.
  int64_t ephemeral_end = 0;
  // It isn't sent alone before.
  absl::Duration ephemeral_at = -absl::InfiniteDuration();

  // --- Waiting, by the clock of Moment ---
  // The store was away: it isn't asked again before.
  absl::Duration store_at = -absl::InfiniteDuration();
  absl::Duration timer_at = -absl::InfiniteDuration();

  // --- What is still out. 0: nothing. ---
  Ticket load_ticket = 0;
  Ticket rebuild_ticket = 0;
  Ticket split_ticket = 0;
  Ticket write_ticket = 0;
  Ticket read_ticket = 0;
  // Outlives the lease, so that there is never a second attempt beside it.
  Ticket attempt_ticket = 0;
  std::string attempt_txn_id;
  // It isn't of this lease, or not of this head.
  bool attempt_is_stray = false;
  bool attempt_is_ephemeral = false;  // It has no events.
  bool attempt_is_cancelled = false;
  Ticket last_ticket = 0;
};

Phase PhaseOf(const DeliveryState& state);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_STATE_H_
