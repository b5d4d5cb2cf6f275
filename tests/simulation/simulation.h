#ifndef CAUSEWAY_TESTS_SIMULATION_SIMULATION_H_
#define CAUSEWAY_TESTS_SIMULATION_SIMULATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/coverage.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/promise_checker.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_registry.h"

namespace causeway::push::simulation {

struct ScheduleResult {
  std::vector<Violation> violations;
  int64_t step_count = 0;
  int64_t fault_count = 0;
};

// Plays one schedule: first with its faults, then, with all of them healed,
// until everything that is owed has come or nothing comes any more. What was
// seen is judged by CheckPromises().
//
// `coverage` takes in what was reached. `trace`, if not null, receives every
// step in words.
ScheduleResult PlaySchedule(const Schedule& schedule, uint64_t seed,
                            PlantedFault fault, RegistryStories& stories,
                            Coverage& coverage,
                            std::vector<std::string>* trace = nullptr);

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIMULATION_H_
