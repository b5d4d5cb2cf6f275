#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_DELIVERY_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_DELIVERY_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/decide.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/delivery_state.h"
#include "services/push_dispatcher/core/lease_rules.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/history.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/sim_appservice.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_process.h"
#include "tests/simulation/sim_queue_reader.h"
#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {

// Limits so low, and times so short, that a schedule meets all of them.
DeliveryOptions SmallDeliveryOptions();

// Delivery of one process: the core's state of each queue, and whoever does
// what the core asks for, as delivery/delivery_loop.cc does.
//
// Thread-compatible.
class SimDelivery {
 public:
  // The application service of a registration, as far as this process knows
  // the registry; null: it isn't registered.
  using FindAppservice = std::function<SimAppservice*(AppserviceUid)>;

  SimDelivery(const DeliveryOptions& options, PlantedFault fault,
              bool other_bytes, SimStore& store, SimProcess& process,
              SimClock& clock, Coverage& coverage, History& history,
              FindAppservice find_appservice);

  void Tell(AppserviceUid uid, const DeliveryEvent& event);
  void TellAll(const DeliveryEvent& event);
  // Lets go of all, and drops what is cached.
  void Forget();

  std::vector<HeldQueue> Held() const;
  // As DeliveryLoop::LetGo().
  std::vector<HeldQueue> LetGo(size_t count);
  // Whether an operator has been called for any of the queues.
  bool Blocked(AppserviceUid uid) const;
  // When the store took in the last round of lease keeping that this process
  // has heard of: from then on it knows what it has lost.
  void set_renewed_at(absl::Duration at) { renewed_at_ = at; }
  // From when on it may send nothing, unless it renews again.
  void set_let_go_at(absl::Duration at) { let_go_at_ = at; }

 private:
  struct Runner {
    DeliveryState state;
    int64_t timer = 0;
    std::function<void()> cancel_attempt = [] {};  // The last.
    // Planted: what was sent before its time.
    std::string sent_early;
    std::vector<std::shared_ptr<const std::string>> kept;
  };

  void Do(AppserviceUid uid, const LoadNext& effect);
  void Do(AppserviceUid uid, const RebuildSealed& effect);
  void Do(AppserviceUid uid, const SplitSealed& effect);
  void Do(AppserviceUid uid, const push::Write& effect);
  void Do(AppserviceUid uid, const ReadHead& effect);
  void Do(AppserviceUid uid, const Send& effect);
  void Do(AppserviceUid uid, const SendEphemeral& effect);
  void Do(AppserviceUid uid, const CancelAttempt& effect);
  void Do(AppserviceUid uid, const SetTimer& effect);
  void Do(AppserviceUid uid, const RaiseAlarm& effect);

  // Answers with what `look` returned, or else with `away`.
  void Read(AppserviceUid uid, std::function<DeliveryEvent()> look,
            DeliveryEvent away);
  // Changes what is about to be written, or believes it done before it is.
  void PlantInWrite(AppserviceUid uid, const push::Write& effect,
                    QueueWrite& write);
  // Returns what cancels it.
  std::function<void()> Put(AppserviceUid uid, const std::string& txn_id,
                            std::shared_ptr<const std::string> body,
                            std::function<void(SimAppservice::Answer)> answer,
                            bool is_ephemeral = false);
  simulation::Put::Standing StandingFor(AppserviceUid uid,
                                        const std::string& txn_id,
                                        bool is_ephemeral) const;
  void MeasureHeld(Runner& runner);
  void TraceDecision(AppserviceUid uid, const DeliveryEvent& event,
                     const DeliveryState& state,
                     const std::vector<DeliveryEffect>& effects);

  const DeliveryOptions options_;
  const PlantedFault fault_;
  SimStore& store_;
  SimProcess& process_;
  SimClock& clock_;
  Coverage& coverage_;
  History& history_;
  const FindAppservice find_appservice_;
  SimQueueReader reader_;
  std::map<AppserviceUid, Runner> runners_;
  Ticket first_ticket_ = 0;
  absl::Duration renewed_at_ = -absl::InfiniteDuration();
  absl::Duration let_go_at_ = absl::InfiniteDuration();
  // Planted: one connection for all.
  bool connection_busy_ = false;
  std::deque<std::function<void()>> waiting_sends_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_DELIVERY_H_
