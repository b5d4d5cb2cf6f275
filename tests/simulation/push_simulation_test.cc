// Goal: push keeps its promises whatever happens around it, and the schedules
// that show it reach all of the core.
// Method: 10,000 schedules, each of every name in turn; one seed twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/promise_checker.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/simulation.h"

namespace causeway::push::simulation {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kScheduleCount = 10000;

TEST(PushSimulationTest, PromisesHoldInEverySchedule) {
  RegistryStories stories;
  Coverage coverage;
  int failed_count = 0;
  for (uint64_t seed = 1; seed <= kScheduleCount && failed_count < 3; ++seed) {
    const Schedule& schedule = Schedules()[seed % Schedules().size()];
    const ScheduleResult result =
        PlaySchedule(schedule, seed, PlantedFault::kNone, stories, coverage);
    ASSERT_GE(result.step_count, 200);
    ASSERT_GE(result.fault_count, 3);
    if (!result.violations.empty()) ++failed_count;
    for (const Violation& violation : result.violations) {
      ADD_FAILURE() << "--schedule=" << schedule.name << " --seed=" << seed
                    << ": " << violation.promise << ": " << violation.story;
    }
  }
  std::cout << coverage.Report();
  EXPECT_THAT(coverage.Unreached(), HasSubstr("not reached: nothing"));
}

TEST(PushSimulationTest, ASeedTellsOneStory) {
  std::vector<std::string> traces[2];
  for (std::vector<std::string>& trace : traces) {
    RegistryStories stories;
    Coverage coverage;
    PlaySchedule(*FindSchedule("mixed"), 7, PlantedFault::kNone, stories,
                 coverage, &trace);
  }
  EXPECT_EQ(traces[0], traces[1]);
}

}  // namespace
}  // namespace causeway::push::simulation
