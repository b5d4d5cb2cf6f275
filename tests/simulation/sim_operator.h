#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_OPERATOR_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_OPERATOR_H_

#include <functional>

#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"
#include "tests/simulation/history.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {

// Who looks after the queues. Each act is one change of the store that raises
// the queue's epoch; the owner takes the queue again at its next renewal.
//
// Thread-compatible.
class SimOperator {
 public:
  SimOperator(const Schedule& schedule, SimStore& store, SimClock& clock,
              const History& history)
      : schedule_(schedule), store_(store), clock_(clock), history_(history) {}

  // Any act on any queue: pause, resume, another policy, skip the head, retry.
  void Act();
  // A policy for this queue, if it is there.
  void SetPolicy(AppserviceUid uid);
  void ResumeAll();
  // Skips the heads of those that can't be made again, with a record.
  void GiveUpBlocked(const std::function<bool(AppserviceUid)>& blocked);

 private:
  void DrawSettings(AppserviceUid uid, QueueSettings& settings);

  const Schedule& schedule_;
  SimStore& store_;
  SimClock& clock_;
  const History& history_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_OPERATOR_H_
