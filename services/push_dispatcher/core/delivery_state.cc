#include "services/push_dispatcher/core/delivery_state.h"

namespace causeway::push {

Phase PhaseOf(const DeliveryState& state) {
  if (state.epoch == 0) return Phase::kUnowned;
  if (!state.head_known) return Phase::kReading;
  if (state.not_reproduced) return Phase::kBlocked;
  const bool has_front = state.settled.size() < state.head.sealed.size();
  if (state.attempt_ticket != 0 && !state.attempt_is_stray &&
      !state.attempt_is_ephemeral) {
    return Phase::kSending;
  }
  if (state.settings.paused) return Phase::kPaused;
  if (state.attempt_ticket != 0 && has_front) return Phase::kAwaitingStray;
  if (state.backing_off) return Phase::kBackingOff;
  if (state.split_ticket != 0 || !state.pieces.empty()) {
    return Phase::kSplitting;
  }
  if (state.write_ticket != 0) return Phase::kCommitting;
  if (has_front) return Phase::kRebuilding;
  if (state.load_ticket != 0 || state.more || state.woken ||
      !state.prepared.empty()) {
    return state.load_error.empty() ? Phase::kLoading : Phase::kBlocked;
  }
  if (state.attempt_ticket != 0) return Phase::kSendingEphemeral;
  return Phase::kIdle;
}

absl::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kUnowned:
      return "unowned";
    case Phase::kReading:
      return "reading";
    case Phase::kPaused:
      return "paused";
    case Phase::kBlocked:
      return "blocked";
    case Phase::kSending:
      return "sending";
    case Phase::kAwaitingStray:
      return "awaiting_stray";
    case Phase::kBackingOff:
      return "backing_off";
    case Phase::kSplitting:
      return "splitting";
    case Phase::kRebuilding:
      return "rebuilding";
    case Phase::kCommitting:
      return "committing";
    case Phase::kLoading:
      return "loading";
    case Phase::kSendingEphemeral:
      return "sending_ephemeral";
    case Phase::kIdle:
      return "idle";
  }
  return "";
}

absl::string_view OutcomeName(AttemptOutcome outcome) {
  switch (outcome) {
    case AttemptOutcome::kDelivered:
      return "delivered";
    case AttemptOutcome::kTooLarge:
      return "too_large";
    case AttemptOutcome::kRejected:
      return "rejected";
    case AttemptOutcome::kRefused:
      return "refused";
    case AttemptOutcome::kFailed:
      return "failed";
    case AttemptOutcome::kTimedOut:
      return "timed_out";
    case AttemptOutcome::kCancelled:
      return "cancelled";
  }
  return "";
}

}  // namespace causeway::push
