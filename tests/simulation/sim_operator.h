#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_OPERATOR_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_OPERATOR_H_

#include <functional>
#include <memory>
#include <vector>

#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/history.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_range.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {

// Who looks after the queues. Each act is one change of the store that raises
// the queue's epoch; the owner takes the queue again at its next renewal.
//
// Thread-compatible.
class SimOperator {
 public:
  // `new_stream` gives a number that no stream ever had.
  SimOperator(PlantedFault fault, const Schedule& schedule, SimStore& store,
              SimClock& clock, History& history, SimRange& ranges,
              std::function<int32_t()> new_stream)
      : fault_(fault),
        schedule_(schedule),
        store_(store),
        clock_(clock),
        history_(history),
        ranges_(ranges),
        new_stream_(std::move(new_stream)) {}

  // Any act on any queue: pause, resume, another policy, skip the head, give up
  // all, retry, replay. Returns of which kind it was.
  Fault Act();
  // A policy for this queue, if it is there.
  void SetPolicy(AppserviceUid uid);
  void ResumeAll();
  // Skips the heads of those that can't be made again, with a record.
  void GiveUpBlocked(const std::function<bool(AppserviceUid)>& blocked);

 private:
  void SkipHead(AppserviceUid uid);
  // False: there is nothing to be replayed.
  bool ReplayQuarantined();
  bool ReplayRange(AppserviceUid uid);
  void ReplayFrom(AppserviceUid uid, SimRange::Cursor from);
  QueueSettings DrawPolicy(AppserviceUid uid);

  const PlantedFault fault_;
  const Schedule& schedule_;
  SimStore& store_;
  SimClock& clock_;
  History& history_;
  SimRange& ranges_;
  const std::function<int32_t()> new_stream_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_OPERATOR_H_
