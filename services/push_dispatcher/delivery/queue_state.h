#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_STATE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_STATE_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "services/push_dispatcher/delivery/delivery_status.h"
#include "services/push_dispatcher/store/operator_store.h"

namespace causeway::push {

// What a queue is at, as operators are told: the contract's Queue.State, in the
// same words and order, for whoever shows it.
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

// `status`: what this process knows of the queue, if it owns it.
QueueState StateOf(const QueueSummary& summary,
                   const std::optional<DeliveryStatus>& status);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_STATE_H_
