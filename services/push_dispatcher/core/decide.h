// What to do next for one queue: the one place where it is decided what is
// sealed, sent, acknowledged and tried again.
//
//                      +------------------ nothing queued ---------------+
//                      v                                                 |
//   lease ----> Idle --wake--> Loading --cut--> Sealing --committed--+   |
//     |                                                              v   |
//     +-- something sealed --> Rebuilding --same SHA-256-------> Sending |
//     |                             ^    \--other--> Blocked     |  |  | |
//     |                             |                       413  |  |  2xx
//     |                             |    +-- Replacing <---------+  |  | |
//     |                             |    |   (fewer events,         |  v |
//     |                             |    v    new ID)               |
//     Finishing, |                             |  Sealing | Acknowledging |
//     +--- BackingOff <---- failed ---+  |   | | +---+
//     +-- a write refused or of unknown outcome: forget all,      next sealed
//     in
//         read the head again (Reading), begin as above           the same
//         commit
//
// Two rules carry the promises. A transaction is sent only when its seal is
// known to be committed, and then with exactly the sealed bytes (P3). The one
// after it is sealed only in, or after, the commit that acknowledges it, since
// common bridges remember only the last ID (P2, P4; hard case 1).
//
// Pure: no I/O, no clock, no chance. Time and chance come with the call; memory
// of the world is DeliveryState; what has to be done is returned. Whatever
// drives it (delivery/, or a simulator) may crash between any two calls.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECIDE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECIDE_H_

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
  int32_t events_max = kTransactionEventsMax;
  BackoffOptions backoff = {};
  // Between two tries of a store that is away.
  absl::Duration store_retry = absl::Seconds(1);
};

// When an event happens.
struct Moment {
  absl::Duration now;  // Of a clock that never goes back.
  double random = 0;   // In [0, 1), drawn for this call.
};

// Takes `event` into `state` and returns what is to be done, in order.
std::vector<DeliveryEffect> Decide(const DeliveryOptions& options,
                                   DeliveryState& state,
                                   const DeliveryEvent& event,
                                   const Moment& moment);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECIDE_H_
