// Plays schedules against push's deciding core, and says what doesn't hold.
#include <cstdint>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/promise_checker.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/simulation_run.h"

ABSL_FLAG(int64_t, schedules, 10000, "How many schedules to play.");
ABSL_FLAG(uint64_t, seed, 1, "Seed of the first; each has the next.");
ABSL_FLAG(std::string, schedule, "",
          "Play those of this name only; empty: each in turn. See --list.");
ABSL_FLAG(std::string, plant, "",
          "Plant the fault of this name: the run must find violations.");
ABSL_FLAG(bool, trace, false, "Print every step. For one schedule.");
ABSL_FLAG(bool, list, false, "Name all schedules.");

namespace causeway::push::simulation {
namespace {

void PrintList() {
  for (const Schedule& schedule : Schedules()) {
    std::cout << schedule.name << ": " << schedule.story << "\n";
  }
}

void PrintViolations(const PlayedSchedule& played) {
  std::cout << "schedule " << played.schedule.name << ", seed " << played.seed
            << ":\n";
  for (const Violation& violation : played.result.violations) {
    std::cout << "  " << violation.promise << ": " << violation.story << "\n";
  }
  std::cout << "  replay: bazel run -c opt //tests/simulation:push_simulation "
            << "-- --schedules=1 --schedule=" << played.schedule.name
            << " --seed=" << played.seed << " --trace\n";
}

int Run() {
  if (absl::GetFlag(FLAGS_list)) {
    PrintList();
    return 0;
  }
  const std::string name = absl::GetFlag(FLAGS_schedule);
  const Schedule* only = FindSchedule(name);
  if (!name.empty() && only == nullptr) {
    std::cerr << "--schedule: there is no schedule " << name << "\n";
    return 2;
  }
  const std::string fault_name = absl::GetFlag(FLAGS_plant);
  PlantedFault fault = PlantedFault::kNone;
  for (PlantedFault known : AllPlantedFaults()) {
    if (PlantedFaultName(known) == fault_name) fault = known;
  }
  if (!fault_name.empty() && fault == PlantedFault::kNone) {
    std::cerr << "--plant: there is no fault " << fault_name << "\n";
    return 2;
  }
  const int64_t count = absl::GetFlag(FLAGS_schedules);
  int64_t violation_count = 0;
  int64_t step_count = 0;
  const Coverage coverage =
      PlayAll({count, absl::GetFlag(FLAGS_seed), only, fault,
               absl::GetFlag(FLAGS_trace)},
              [&](const PlayedSchedule& played) {
                for (const std::string& line : played.trace)
                  std::cout << line << "\n";
                step_count += played.result.step_count;
                violation_count +=
                    static_cast<int64_t>(played.result.violations.size());
                if (!played.result.violations.empty()) PrintViolations(played);
                return true;
              });
  std::cout << coverage.Report() << "steps: " << step_count << "\n"
            << count << " schedules, " << violation_count << " violations\n";
  return violation_count == 0 ? 0 : 1;
}

}  // namespace
}  // namespace causeway::push::simulation

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Plays simulated schedules against push_dispatcher's deciding core.");
  absl::ParseCommandLine(argc, argv);
  return causeway::push::simulation::Run();
}
