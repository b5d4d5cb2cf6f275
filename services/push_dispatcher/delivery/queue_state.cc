#include "services/push_dispatcher/delivery/queue_state.h"

namespace causeway::push {
namespace {

// What a refusal leads to, as far as one can see.
QueueState BackingOffState(AttemptOutcome outcome, OnRejection on_rejection) {
  switch (outcome) {
    case AttemptOutcome::kRefused:
    case AttemptOutcome::kTooLarge:
      return QueueState::kBlocked;
    case AttemptOutcome::kRejected:
      return on_rejection == OnRejection::kBlock ? QueueState::kBlocked
                                                 : QueueState::kQuarantining;
    default:
      return QueueState::kBackingOff;
  }
}

}  // namespace

absl::string_view QueueStateName(QueueState state) {
  switch (state) {
    case QueueState::kIdle:
      return "idle";
    case QueueState::kSending:
      return "sending";
    case QueueState::kBackingOff:
      return "backing_off";
    case QueueState::kBlocked:
      return "blocked";
    case QueueState::kPaused:
      return "paused";
    case QueueState::kQuarantining:
      return "quarantining";
  }
  return "";
}

QueueState StateOf(const DeliveryStatus& status) {
  switch (status.phase) {
    case Phase::kUnowned:
    case Phase::kSendingEphemeral:  // No events.
    case Phase::kIdle:
      return QueueState::kIdle;
    case Phase::kPaused:
      return QueueState::kPaused;
    case Phase::kBackingOff:
      return BackingOffState(status.last_outcome, status.on_rejection);
    case Phase::kBlocked:
      return QueueState::kBlocked;
    default:
      return QueueState::kSending;
  }
}

}  // namespace causeway::push
