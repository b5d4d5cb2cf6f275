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

// Cut a transaction of at most `events_max` events from what follows `after`:
// of the first source behind `last_source`, going round, that has any.
struct LoadNext {
  Ticket ticket = 0;
  Cursors after;
  SourceId last_source = 0;
  int32_t events_max = 0;
};
// Make the sealed bytes again out of what follows `after`, and check them.
struct RebuildSealed {
  Ticket ticket = 0;
  SealedTransaction sealed;
  Cursors after;
};
// Commit.
struct Write {
  Ticket ticket = 0;
  QueueWrite write;
};
// Read the head with the row locked, so that whatever an earlier write of ours
// was to become has become it, or will be refused.
struct ReadHead {
  Ticket ticket = 0;
  Epoch epoch = 0;
};
// One attempt.
struct Send {
  Ticket ticket = 0;
  SealedTransaction sealed;
  std::shared_ptr<const std::string> body;
  int64_t attempt = 0;  // From 1, since the owner began.
};
// TimerFired at this time, by the clock of Moment. Replaces an earlier one.
struct SetTimer {
  absl::Duration at;
};
// The sealed transaction can't be made again: an operator must hear of it.
struct RaiseAlarm {
  std::string txn_id;
};

using DeliveryEffect = std::variant<LoadNext, RebuildSealed, Write, ReadHead,
                                    Send, SetTimer, RaiseAlarm>;

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DELIVERY_EFFECTS_H_
