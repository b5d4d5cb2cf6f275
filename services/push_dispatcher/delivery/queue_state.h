#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_STATE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_STATE_H_

#include "absl/strings/string_view.h"
#include "services/push_dispatcher/delivery/delivery_status.h"

namespace causeway::push {

// What a queue is at, as its owner tells: the contract's Queue.State, in the
// same words and order.
enum class QueueState {
  kIdle,
  kSending,
  kBackingOff,
  kBlocked,
  kPaused,
  kQuarantining,
};

inline constexpr QueueState kQueueStates[] = {
    QueueState::kIdle,    QueueState::kSending, QueueState::kBackingOff,
    QueueState::kBlocked, QueueState::kPaused,  QueueState::kQuarantining};

// "idle", "sending", "backing_off", ...: the contract's, in lower case.
absl::string_view QueueStateName(QueueState state);

QueueState StateOf(const DeliveryStatus& status);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_STATE_H_
