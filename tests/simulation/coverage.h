#ifndef CAUSEWAY_TESTS_SIMULATION_COVERAGE_H_
#define CAUSEWAY_TESTS_SIMULATION_COVERAGE_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/delivery_state.h"

namespace causeway::push::simulation {

// What a schedule can do to push, or to what is around it.
enum class Fault {
  kStoreRequestLost,
  kStoreAnswerLost,
  kCommitLate,
  kCommitTwice,
  kStoreOutage,
  kStoreRestored,
  kCrash,
  kCrashBeforeWrite,
  kCrashAfterWrite,
  kPause,
  kCutOff,       // One process from the store.
  kStoreSilent,  // Then, it isn't told so.
  kDrain,
  kNewVersion,
  kSlow,
  kServerError,
  kTooManyRequests,
  kRejection,
  kRefusal,
  kTooLarge,
  kUnreachable,
  kDroppedAfterReading,
  kReplyLost,
  kHang,
  kRequestLate,
  kRegistrationChange,
  kOperatorAct,
  kPublishAnswerLost,
  kPublishOverlap,
  kSourceRestored,
  kSourceDiverged,
  kSourceRestarted,
  kSourceNotOpened,  // The store went back to before it was.
  kReplay,
  kRangeReplay,
  kMoveToNow,
  kTransactionRepeated,
  kTransactionChanged,
  kTransactionIdsBegunAnew,
};
inline constexpr size_t kFaultCount =
    static_cast<size_t>(Fault::kTransactionIdsBegunAnew) + 1;

// What a process of push writes. It may crash before and after each.
enum class StoreWrite {
  kEvents,         // A batch of a source.
  kHead,           // What was sealed, and settled.
  kEpoch,          // The head is read again, under a new one.
  kEntering,       // As a replica.
  kRenewal,        // Of leases; some are taken, and some handed over.
  kLeaving,        // It gets no queues any more.
  kRelease,        // Of all leases.
  kRegistrations,  // Come into force.
  kIncarnation,    // A source begins anew.
  kSpace,          // Is given back.
};
inline constexpr size_t kStoreWriteCount =
    static_cast<size_t>(StoreWrite::kSpace) + 1;

// How space is given back.
enum class SpaceStep { kOpened, kDropped, kMovedAndDropped, kDeletedOneByOne };
inline constexpr size_t kSpaceStepCount =
    static_cast<size_t>(SpaceStep::kDeletedOneByOne) + 1;

absl::string_view FaultName(Fault fault);
// As the core's variants have them: "write_committed", "load_next".
absl::string_view EventName(const DeliveryEvent& event);
absl::string_view EffectName(const DeliveryEffect& effect);

// What schedules have reached. Thread-compatible.
class Coverage {
 public:
  void Reached(const DeliveryEvent& event) { ++events_[event.index()]; }
  void Reached(const DeliveryEffect& effect) { ++effects_[effect.index()]; }
  void Reached(Phase phase) { ++phases_[static_cast<size_t>(phase)]; }
  void Reached(SpaceStep step) { ++space_steps_[static_cast<size_t>(step)]; }
  void ReachedHandOver() { ++hand_overs_; }
  void ReachedCrash(StoreWrite write, bool before) {
    ++(before ? crashes_before_ : crashes_after_)[static_cast<size_t>(write)];
    Reached(before ? Fault::kCrashBeforeWrite : Fault::kCrashAfterWrite);
  }
  void Reached(Fault fault) {
    ++faults_[static_cast<size_t>(fault)];
    of_schedule_.set(static_cast<size_t>(fault));
    ++fault_count_of_schedule_;
  }

  void BeginSchedule() {
    of_schedule_.reset();
    fault_count_of_schedule_ = 0;
  }
  int64_t fault_count_of_schedule() const { return fault_count_of_schedule_; }
  void EndSchedule();

  // What `other` has reached is reached.
  void Add(const Coverage& other);

  // For people: how often each was reached, and what never was.
  std::string Report() const;
  // How many of phases, effects and events were never reached, and which.
  std::string Unreached() const;

 private:
  static constexpr size_t kPhaseCount = static_cast<size_t>(Phase::kIdle) + 1;

  std::array<int64_t, std::variant_size_v<DeliveryEvent>> events_ = {};
  std::array<int64_t, std::variant_size_v<DeliveryEffect>> effects_ = {};
  std::array<int64_t, kPhaseCount> phases_ = {};
  std::array<int64_t, kSpaceStepCount> space_steps_ = {};
  int64_t hand_overs_ = 0;
  std::array<int64_t, kStoreWriteCount> crashes_before_ = {};
  std::array<int64_t, kStoreWriteCount> crashes_after_ = {};
  std::array<int64_t, kFaultCount> faults_ = {};
  std::array<std::array<int64_t, kFaultCount>, kFaultCount> pairs_ = {};
  std::bitset<kFaultCount> of_schedule_;
  int64_t fault_count_of_schedule_ = 0;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_COVERAGE_H_
