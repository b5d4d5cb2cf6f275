// Goal: the checker sees each mistake that push could make.
// Method: each planted fault, in the schedules of the default run, until one is
// found out. How many it took is printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/simulation.h"

namespace causeway::push::simulation {
namespace {

// As many as the default run plays.
constexpr uint64_t kSchedulesMax = 10000;

RegistryStories& Stories() {
  static auto* const kStories = new RegistryStories;
  return *kStories;
}

class PlantedFaultsTest : public ::testing::TestWithParam<PlantedFault> {};

TEST_P(PlantedFaultsTest, IsCaught) {
  Coverage coverage;
  for (uint64_t seed = 1; seed <= kSchedulesMax; ++seed) {
    const Schedule& schedule = Schedules()[seed % Schedules().size()];
    const ScheduleResult result =
        PlaySchedule(schedule, seed, GetParam(), Stories(), coverage);
    if (result.violations.empty()) continue;
    const Violation& first = result.violations.front();
    std::cout << PlantedFaultName(GetParam()) << ": caught after " << seed
              << " schedules, in " << schedule.name << ": " << first.promise
              << ": " << first.story << "\n";
    return;
  }
  ADD_FAILURE() << "not caught in " << kSchedulesMax << " schedules";
}

std::string TestName(const ::testing::TestParamInfo<PlantedFault>& info) {
  return std::string(PlantedFaultName(info.param));
}

INSTANTIATE_TEST_SUITE_P(All, PlantedFaultsTest,
                         ::testing::ValuesIn(AllPlantedFaults()), TestName);

}  // namespace
}  // namespace causeway::push::simulation
