#include "tests/simulation/planted_fault.h"

#include <utility>

namespace causeway::push::simulation {
namespace {

using enum PlantedFault;

constexpr std::pair<PlantedFault, absl::string_view> kNames[] = {
    {kSealNotWritten, "seal_not_written"},
    {kIdReused, "id_reused"},
    {kNonceRepeatsAfterRestart, "nonce_repeats_after_restart"},
    {kSendBeforeSeal, "send_before_seal"},
    {kSendBeforeAcknowledgement, "send_before_acknowledgement"},
    {kEpochUnchecked, "epoch_unchecked"},
    {kHeadUnchecked, "head_unchecked"},
    {kRetryCoalesced, "retry_coalesced"},
    {kMismatchIgnored, "mismatch_ignored"},
    {kStrayForgotten, "stray_forgotten"},
    {kCursorTooFar, "cursor_too_far"},
    {kCursorNotMoved, "cursor_not_moved"},
    {kWakeLost, "wake_lost"},
    {kPublishAnsweredEarly, "publish_answered_early"},
    {kGapAccepted, "gap_accepted"},
    {kDivergenceAccepted, "divergence_accepted"},
    {kRegistrationUnchecked, "registration_unchecked"},
    {kUnregisteredRevived, "unregistered_revived"},
    {kSplitLosesEvent, "split_loses_event"},
    {kSettledOutOfOrder, "settled_out_of_order"},
    {kRestoreNotNoticed, "restore_not_noticed"},
    {kErrorTakenForSuccess, "error_taken_for_success"},
    {kHangingBlocksOthers, "hanging_blocks_others"},
    {kBodiesKeptBackingOff, "bodies_kept_backing_off"},
    {kSkipUnrecorded, "skip_unrecorded"},
    {kPossibleRepeatUnrecorded, "possible_repeat_unrecorded"},
    {kZombieGoesOn, "zombie_goes_on"},
    {kLetGoBetweenRoundsOnly, "let_go_between_rounds_only"},
    {kUnknownCommitNotWoken, "unknown_commit_not_woken"},
    {kRegistryNotAppliedAgain, "registry_not_applied_again"},
    {kNameLostForGood, "name_lost_for_good"},
    {kToDeviceMarkLost, "to_device_mark_lost"},
    {kEphemeralNotSealed, "ephemeral_not_sealed"},
    {kEphemeralIdReused, "ephemeral_id_reused"},
    {kEphemeralRetried, "ephemeral_retried"},
    {kEphemeralNotCancelled, "ephemeral_not_cancelled"},
    {kSweptUnacknowledged, "swept_unacknowledged"},
    {kSweptSegmentAlone, "swept_segment_alone"},
    {kSpaceNotGivenBack, "space_not_given_back"},
    {kReplayUnrecorded, "replay_unrecorded"},
    {kReplayReusesId, "replay_reuses_id"},
    {kReplayForAnother, "replay_for_another"},
    {kReplayWithoutMessages, "replay_without_messages"},
    {kReplayedTwice, "replayed_twice"},
    {kTransactionTakenTwice, "transaction_taken_twice"},
    {kTransactionNotCompared, "transaction_not_compared"},
    {kAttemptNotCancelled, "attempt_not_cancelled"},
    {kSourceNameUnchecked, "source_name_unchecked"},
    {kRoomsOfAnotherSource, "rooms_of_another_source"},
    {kPositionsGivenAgain, "positions_given_again"},
    {kRoomsNotForgotten, "rooms_not_forgotten"},
    {kCommonDeliveredAgain, "common_delivered_again"},
    {kRestartRefusedTwice, "restart_refused_twice"},
    {kLeftBeforeParting, "left_before_parting"},
    {kPlaceAheadUntold, "place_ahead_untold"},
    {kRestartUnrecorded, "restart_unrecorded"},
    {kNeverBalanced, "never_balanced"},
    {kBalancedByWrongCounts, "balanced_by_wrong_counts"},
};

}  // namespace

absl::string_view PlantedFaultName(PlantedFault fault) {
  for (const auto& [known, name] : kNames) {
    if (known == fault) return name;
  }
  return "none";
}

std::vector<PlantedFault> AllPlantedFaults() {
  std::vector<PlantedFault> faults;
  for (const auto& [fault, name] : kNames) faults.push_back(fault);
  return faults;
}

}  // namespace causeway::push::simulation
