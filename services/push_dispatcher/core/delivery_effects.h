// What is to be done for the delivery of one queue. How it went comes back as
// one of delivery_events.h, with the effect's ticket.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_EFFECTS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_EFFECTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// Cut transactions from what follows `after`: each of one source, the first of
// the first source behind `last_source`, going round, that has any. Events
// published before `expired_before` are not put together with later ones.
struct LoadNext {
  Ticket ticket = 0;
  Cursors after;
  SourceId last_source = 0;
  int32_t events_max = 0;
  int64_t body_bytes_max = 0;
  int32_t cuts_max = 0;
  absl::Time expired_before = absl::InfinitePast();
  // To ride along in the first cut, if it fits in: as SealedTransaction has it.
  std::string ephemeral = {};
};
// Make the sealed bytes again out of what follows `after`, and check them.
struct RebuildSealed {
  Ticket ticket = 0;
  SealedTransaction sealed;
  Cursors after;
};
// Cut the events of `sealed`, which follow `after`, into transactions of at
// most `body_bytes_max`.
struct SplitSealed {
  Ticket ticket = 0;
  SealedTransaction sealed;
  Cursors after;
  int64_t body_bytes_max = 0;
};
// Commit.
struct Write {
  Ticket ticket = 0;
  QueueWrite write;
};
// Raise the epoch and read the head, in one commit: whatever an earlier write
// of ours was to become has become it, or will be refused. A read alone,
// however locked, leaves a write possible that is on its way still.
struct ReadHead {
  Ticket ticket = 0;
  Epoch epoch = 0;
  std::string nonce;
};
// One attempt.
struct Send {
  Ticket ticket = 0;
  SealedTransaction sealed;
  std::shared_ptr<const std::string> body;
  int64_t attempt = 0;  // From 1, since the owner began.
};
// One attempt, within a short time, of what isn't sealed and is sent but once.
struct SendEphemeral {
  Ticket ticket = 0;
  std::string txn_id;
  std::shared_ptr<const std::string> body;
};
// End that attempt, of either kind. It still answers, at once, with whatever it
// had come to or kCancelled.
struct CancelAttempt {
  Ticket ticket = 0;
};
// TimerFired at this time, by the clock of Moment. Replaces an earlier one.
struct SetTimer {
  absl::Duration at;
};
// The sealed transaction can't be made again: an operator must hear of it.
struct RaiseAlarm {
  std::string txn_id;
};

using DeliveryEffect =
    std::variant<LoadNext, RebuildSealed, SplitSealed, Write, ReadHead, Send,
                 SendEphemeral, CancelAttempt, SetTimer, RaiseAlarm>;

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_EFFECTS_H_
