#ifndef CAUSEWAY_TESTS_SIMULATION_SIMULATION_RUN_H_
#define CAUSEWAY_TESTS_SIMULATION_SIMULATION_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/simulation.h"

namespace causeway::push::simulation {

// Which schedules are played.
struct SimulationRun {
  int64_t schedule_count = 0;
  uint64_t first_seed = 1;         // Each schedule has the next.
  const Schedule* only = nullptr;  // Null: each of Schedules() in turn.
  PlantedFault fault = PlantedFault::kNone;
  bool is_traced = false;
};

struct PlayedSchedule {
  const Schedule& schedule;
  uint64_t seed;
  ScheduleResult result;
  std::vector<std::string> trace;  // Every step, if the run is traced.
};

// Plays them, as many at a time as there are processors: each is a world of its
// own. `on_played` is called for each, in the order in which they end and never
// by two threads at once; false ends the run early. Returns what all of them
// reached.
Coverage PlayAll(const SimulationRun& run,
                 absl::FunctionRef<bool(const PlayedSchedule&)> on_played);

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIMULATION_RUN_H_
