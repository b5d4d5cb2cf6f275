#ifndef CAUSEWAY_TESTS_SIMULATION_PLANTED_FAULT_H_
#define CAUSEWAY_TESTS_SIMULATION_PLANTED_FAULT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace causeway::push::simulation {

// Mistakes that push could contain, made on purpose where the simulator meets
// the core: in what is written, read, sent and told. Each must be caught, or
// the checker is blind to it.
enum class PlantedFault {
  kNone,
  kSealNotWritten,             // A write that seals is answered, not done.
  kIdReused,                   // Few nonces for all leases.
  kNonceRepeatsAfterRestart,   // A replica begins with the same one each time.
  kSendBeforeSeal,             // Sent when its seal is asked for.
  kSendBeforeAcknowledgement,  // A write is believed before it is done.
  kEpochUnchecked,             // By the store.
  kHeadUnchecked,              // By the store.
  kRetryCoalesced,             // A retry takes what has come meanwhile along.
  kMismatchIgnored,            // Sends what isn't the sealed bytes.
  kStrayForgotten,             // Sends beside an attempt of an earlier lease.
  kCursorTooFar,
  kCursorNotMoved,
  kWakeLost,
  kPublishAnsweredEarly,      // Before the commit.
  kGapAccepted,               // A source that has run ahead is believed.
  kDivergenceAccepted,        // Another history is taken for the known one.
  kRegistrationUnchecked,     // Publish doesn't check what is in force.
  kUnregisteredRevived,       // A late write makes the queue again.
  kSplitLosesEvent,           // Of a transaction that was too large.
  kSettledOutOfOrder,         // The second of a list instead of the first.
  kRestoreNotNoticed,         // Own queues aren't taken again after it.
  kErrorTakenForSuccess,      // A 500 counts as a 200.
  kHangingBlocksOthers,       // One connection for all application services.
  kBodiesKeptBackingOff,      // For as long as it takes.
  kSkipUnrecorded,            // Nobody is told what was given up.
  kPossibleRepeatUnrecorded,  // Of a retired transaction.
  kZombieGoesOn,              // It renews as if nothing had been lost.
  kLetGoBetweenRoundsOnly,    // One that hangs puts it off.
  kUnknownCommitNotWoken,     // A lone replica doesn't look what it missed.
  kRegistryNotAppliedAgain,   // After a restore to before it was applied.
  kNameLostForGood,           // Whom a restore has forgotten does nothing.
  kToDeviceMarkLost,          // Messages are delivered as events.
  kEphemeralNotSealed,        // What rides along isn't written with the seal.
  kEphemeralIdReused,         // The ID of what went alone is drawn again.
  kEphemeralRetried,          // What went alone goes again when it failed.
  kEphemeralNotCancelled,     // Events wait for what went alone.
  kSweptUnacknowledged,       // What is wanted of a generation isn't moved.
  kSweptSegmentAlone,         // Its events aren't moved with what names them.
  kSpaceNotGivenBack,         // Generations are kept while any was ever wanted.
  kReplayUnrecorded,          // Nobody is told that events come again.
  kReplayReusesId,            // They go under the ID that they had.
  kReplayForAnother,          // Another queue gets them.
  kReplayWithoutMessages,     // To-device messages are left out of ranges.
  kReplayedTwice,             // The same quarantined transaction.
  kTransactionTakenTwice,     // An upstream repeat isn't known.
  kTransactionNotCompared,    // Of one that was changed all is taken.
  kAttemptNotCancelled,       // Of a queue that is another's now.
  kSourceNameUnchecked,       // Its number is believed after a restore.
  kRoomsOfAnotherSource,      // So are the rooms known by that number.
  kPositionsGivenAgain,       // A new incarnation isn't put behind all told.
  kRoomsNotForgotten,         // By a source that begins anew.
  kCommonDeliveredAgain,      // What histories have in common counts as new.
  kRestartRefusedTwice,       // While all is told again.
  kLeftBeforeParting,         // Then, a place of the next history is left.
  kPlaceAheadUntold,          // A source isn't told where news is to begin.
  kRestartUnrecorded,         // Nobody is told that events may come twice.
  kNeverBalanced,             // A replica that comes back stays idle.
  kBalancedByWrongCounts,     // Each believes that the others have nothing.
};

// "seal_not_written", ...
absl::string_view PlantedFaultName(PlantedFault fault);

// All but kNone.
std::vector<PlantedFault> AllPlantedFaults();

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_PLANTED_FAULT_H_
