// What to do next for one queue: the one place where it is decided what is
// sealed, sent, acknowledged and tried again.
//
// A transaction's way, and the queue's:
//
//     queued --Load--> prepared --Commit--> sealed --Send--> settled
//     --Commit-->
//                                             |  ^                         gone
//                                    failed   v  |
//                                          backing off
//
// Sealed transactions form a list, in the order of sending. The first few may
// be settled (taken, or put aside) without that being committed yet; the one
// behind them is the front. After every event, Progress() begins whatever can
// be begun of these, at most one of each kind at a time:
//
//     Send     the front: once its seal is committed, its bytes are here, no
//              other attempt is out and no backoff runs
//     Load     the next cuts, while there may be any and there is room for them
//     Commit   one write for both what is settled and what is sealed next
//
// Two rules carry the promises. A transaction is sent only when its seal is
// known to be committed, and then with exactly the sealed bytes (P3). The one
// behind it is sent only when its own settlement is committed, since common
// bridges remember only the last ID (P2, P4; hard case 1); for those that
// remember every ID, up to `sealed_ahead_max` are sealed ahead, and
// acknowledgements may lag behind by as many; what was put aside is committed
// before anything behind it is sent.
//
// Ephemeral data is no promise, and waits in memory only (ephemeral_buffer.h).
// It rides along with the next events: then it is sealed with them, and is as
// immutable (P3). When there is nothing else to send it goes alone, as a
// transaction without events under an ID of its own, which isn't sealed and so
// is never sent again, whatever comes of it. It neither begins nor ends a
// backoff, and events don't wait for it: once one could be sent, the attempt is
// cancelled, which ends it at once. Of events that are rejected with some of it
// riding along, it is left out, as of those that are too large. A service that
// remembers only the last ID gets one more, between two transactions that are
// both settled; but what was cancelled or timed out may still be on its way to
// it, as with any attempt, and if it comes between an attempt with events that
// was taken and the repeat of that, these events are taken twice (hard case 9).
// While a queue backs off or is paused, all of it is dropped (P5).
//
// An attempt that is out when the queue is lost, or taken again with another
// front or paused (an operator has acted, perhaps because it hangs), is
// cancelled: it may have been taken, and if it stays the front the same bytes
// go again under the same ID. Nothing is sent before it has answered.
//
// A write that is refused, or of unknown outcome, means that what we remember
// is wrong: all of it is forgotten and the head is read again, under a new
// epoch, so that what is still on its way is refused.
//
// Pure: no I/O, no clock, no chance. Time and chance come with the call; memory
// of the world is DeliveryState; what has to be done is returned. Whatever
// drives it (delivery/, or a simulator) may crash between any two calls.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECIDE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECIDE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/backoff.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/delivery_state.h"
#include "services/push_dispatcher/core/transaction_body.h"

namespace causeway::push {

struct DeliveryOptions {
  TransactionLimits limits = {};
  // For those that remember every transaction ID.
  size_t sealed_ahead_max = 10;
  BackoffOptions backoff = {};
  // An application service may ask for a longer pause than the backoff's, but
  // no longer than this.
  absl::Duration retry_after_max = absl::Hours(1);
  // Between two tries that a sign of life brings forward.
  absl::Duration early_try_interval = absl::Seconds(5);
  // Between two tries of a store that is away.
  absl::Duration store_retry = absl::Seconds(1);
  // Of ephemeral data in a transaction with events. It is kept with the seal:
  // in the queue's row, and here while the queue backs off.
  int64_t ephemeral_sealed_bytes_max = 8 << 10;
  // Of it alone.
  int64_t ephemeral_alone_bytes_max = 64 << 10;
  // Between two transactions with ephemeral data alone, so that what comes
  // meanwhile goes together.
  absl::Duration ephemeral_interval = absl::Milliseconds(250);
  // After one that failed, unless events are taken before, or the service asks
  // for more.
  absl::Duration ephemeral_pause = absl::Seconds(30);
};

// When an event happens.
struct Moment {
  absl::Duration now;  // Of a clock that never goes back.
  absl::Time wall;     // For the age of events alone.
  double random = 0;   // In [0, 1), drawn for this call.
};

// Takes `event` into `state` and returns what is to be done, in order.
std::vector<DeliveryEffect> Decide(const DeliveryOptions& options,
                                   DeliveryState& state,
                                   const DeliveryEvent& event,
                                   const Moment& moment);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECIDE_H_
