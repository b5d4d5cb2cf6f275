// Goal: push keeps its promises whatever happens around it, and the schedules
// that show it reach all of the core.
// Method: 10,000 schedules, each of every name in turn; one seed twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "tests/simulation/coverage.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/promise_checker.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/simulation.h"
#include "tests/simulation/simulation_run.h"

namespace causeway::push::simulation {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kScheduleCount = 10000;

TEST(PushSimulationTest, PromisesHoldInEverySchedule) {
  int failed_count = 0;
  const Coverage coverage = PlayAll(
      {.schedule_count = kScheduleCount}, [&](const PlayedSchedule& played) {
        EXPECT_GE(played.result.step_count, 200);
        EXPECT_GE(played.result.fault_count, 3);
        if (!played.result.violations.empty()) ++failed_count;
        for (const Violation& violation : played.result.violations) {
          ADD_FAILURE() << "--schedule=" << played.schedule.name
                        << " --seed=" << played.seed << ": "
                        << violation.promise << ": " << violation.story;
        }
        return failed_count < 3;
      });
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
