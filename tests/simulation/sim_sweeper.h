#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_SWEEPER_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_SWEEPER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/sweep_rules.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_process.h"
#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {

// Generations so small, and times so short, that a schedule has many.
SweepOptions SmallSweepOptions();

// The sweeper of one process: the steps of store/postgres_sweep.cc, each a
// transaction of its own, by the service's own rules (sweep_rules.h).
//
// Thread-compatible.
class SimSweeper {
 public:
  // All must outlive it.
  SimSweeper(PlantedFault fault, SimStore& store, SimProcess& process,
             SimClock& clock, Coverage& coverage)
      : fault_(fault),
        store_(store),
        process_(process),
        clock_(clock),
        coverage_(coverage) {}

  // Begins a round, and another a while after it ends.
  void Start();

 private:
  void Look();
  void OpenNext();
  // The closed one at `index`, and those behind it.
  void TryToDrop(size_t index);
  void DeleteMoved();
  void KeepSourcePoints();
  void Later();

  const PlantedFault fault_;
  SimStore& store_;
  SimProcess& process_;
  SimClock& clock_;
  Coverage& coverage_;
  // As the round has found them.
  std::vector<Generation> generations_;
  int32_t oldest_written_ = 0;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_SWEEPER_H_
