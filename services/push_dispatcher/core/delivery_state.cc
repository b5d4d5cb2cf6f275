#include "services/push_dispatcher/core/delivery_state.h"

namespace causeway::push {

absl::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kUnowned:
      return "unowned";
    case Phase::kReading:
      return "reading";
    case Phase::kIdle:
      return "idle";
    case Phase::kLoading:
      return "loading";
    case Phase::kSealing:
      return "sealing";
    case Phase::kRebuilding:
      return "rebuilding";
    case Phase::kAwaitingStray:
      return "awaiting_stray";
    case Phase::kSending:
      return "sending";
    case Phase::kFinishing:
      return "finishing";
    case Phase::kAcknowledging:
      return "acknowledging";
    case Phase::kReplacing:
      return "replacing";
    case Phase::kBackingOff:
      return "backing_off";
    case Phase::kBlocked:
      return "blocked";
  }
  return "";
}

absl::string_view OutcomeName(AttemptOutcome outcome) {
  switch (outcome) {
    case AttemptOutcome::kDelivered:
      return "delivered";
    case AttemptOutcome::kTooLarge:
      return "too_large";
    case AttemptOutcome::kRefused:
      return "refused";
    case AttemptOutcome::kFailed:
      return "failed";
    case AttemptOutcome::kTimedOut:
      return "timed_out";
  }
  return "";
}

}  // namespace causeway::push
