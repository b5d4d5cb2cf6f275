// What can happen to the delivery of one queue. What is to be done about it
// stands in delivery_effects.h.
//
// An effect that is to be answered carries a ticket, and the event that answers
// it brings the ticket back. Answers that nobody waits for any more (their
// owner has lost the lease, or has started over) are known by it and ignored.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_EVENTS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_EVENTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"

namespace causeway::push {

using Ticket = int64_t;  // From 1. 0: none.

// A transaction that could be sealed next, cut from what is queued.
struct Cut {
  SourceId source_id = 0;
  int64_t last_position = 0;
  int32_t event_count = 0;
  std::string body_sha256;
  int32_t body_format = 0;
  absl::Time publish_time;  // Of the last event.
  std::shared_ptr<const std::string> body;
  // A limit ended it, not the end of what its source has queued.
  bool full = false;
  // What of LoadNext::ephemeral is in it: all, or nothing.
  std::string ephemeral = {};

  bool operator==(const Cut&) const = default;
};

enum class AttemptOutcome {
  kDelivered,  // 2xx.
  kTooLarge,   // 413.
  kRejected,   // For what is in it, for good: another 4xx.
  // For what the AS is, or how it is set up: 401, 403, 404, 405, a redirect, a
  // bad URL. It would refuse any other transaction too.
  kRefused,
  kFailed,    // Looks passing: 408, 429, 5xx, no connection.
  kTimedOut,  // No answer in time: perhaps it has been taken.
  // CancelAttempt has ended it: perhaps it has been taken, or will be yet.
  kCancelled,
};

// "delivered", "too_large", "rejected", "refused", "failed", "timed_out",
// "cancelled".
absl::string_view OutcomeName(AttemptOutcome outcome);

// The queue is ours. `nonce` is random, drawn for this lease alone; every ID
// sealed under the lease begins with it (hard case 4).
struct LeaseAcquired {
  Epoch epoch = 0;
  std::string nonce;
  QueueHead head;
  QueueSettings settings = {};
};
// It isn't ours any more, or we can't know that it is.
struct LeaseLost {};
// The process is about to end: finish what is half done, begin nothing, and let
// go of the lease.
struct Drain {};
// Something was queued.
struct Woken {};
// An operator's word, or the AS has said that it listens: try at once.
struct RetryNow {};
// The AS was heard of. It may be back, or it may be its other half that calls.
struct SignOfLife {};
// Something ephemeral happened that concerns the AS.
struct EphemeralQueued {
  EphemeralItems items;
};
// The time of the last SetTimer has come.
struct TimerFired {};

// Answers to LoadNext. Empty: nothing is queued.
struct NextLoaded {
  Ticket ticket = 0;
  std::vector<Cut> cuts;
  // Something is queued behind them, perhaps of another source: a cut that
  // isn't full may be the last of its own only.
  bool more = false;
};
struct NextNotLoaded {
  Ticket ticket = 0;
  // What is damaged, if that is why. Empty: the store is away.
  std::string error = {};
};

// Answers to RebuildSealed: the sealed bytes. To SplitSealed: pieces that hold
// the same events and nothing ephemeral; a single one only if there was that to
// leave out. To either: it can't be made again, for
// good; or the store can't be asked now.
struct SealedRebuilt {
  Ticket ticket = 0;
  std::shared_ptr<const std::string> body;
};
struct SealedSplit {
  Ticket ticket = 0;
  std::vector<Cut> pieces;
};
struct SealedNotReproduced {
  Ticket ticket = 0;
};
struct SealedNotLoaded {
  Ticket ticket = 0;
};

// Answers to Write. Refused: the epoch or the head was another. Unknown: it may
// have happened, may happen yet, or not.
struct WriteCommitted {
  Ticket ticket = 0;
};
struct WriteRefused {
  Ticket ticket = 0;
};
struct WriteUnknown {
  Ticket ticket = 0;
};

// Answers to ReadHead. Empty: the epoch or the nonce is another, the queue is
// somebody else's or gone, or an answer to an earlier one was lost.
struct HeadRead {
  Ticket ticket = 0;
  std::optional<QueueHead> head;
  Epoch epoch = 0;  // As raised.
};
struct HeadNotRead {
  Ticket ticket = 0;
};

// Answers Send and SendEphemeral.
struct AttemptFinished {
  Ticket ticket = 0;
  AttemptOutcome outcome = AttemptOutcome::kFailed;
  // What the AS asked for (Retry-After); zero: nothing.
  absl::Duration retry_after = absl::ZeroDuration();
  std::string error = {};  // For records. Empty when delivered.
  int http_status = 0;     // 0: no answer.
  // How its body begins, for people. Empty when delivered.
  std::string answer_excerpt = {};
};

using DeliveryEvent =
    std::variant<LeaseAcquired, LeaseLost, Drain, Woken, RetryNow, SignOfLife,
                 EphemeralQueued, TimerFired, NextLoaded, NextNotLoaded,
                 SealedRebuilt, SealedSplit, SealedNotReproduced,
                 SealedNotLoaded, WriteCommitted, WriteRefused, WriteUnknown,
                 HeadRead, HeadNotRead, AttemptFinished>;

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_EVENTS_H_
