#include "services/push_dispatcher/store/sweep_rules.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "services/push_dispatcher/store/operator_store.h"

namespace causeway::push {
namespace {

constexpr SweepOptions kOptions = {.generation_bytes = 1000,
                                   .generation_age = absl::Hours(24),
                                   .patience = absl::Minutes(1)};

TEST(SweepRulesTest, AGenerationIsFullBySizeOrAge) {
  auto is_full = [](int64_t bytes, absl::Duration age, int64_t stored_bytes) {
    return IsFull(kOptions, {.id = 1, .bytes = bytes, .age = age},
                  stored_bytes);
  };
  EXPECT_FALSE(is_full(999, absl::Hours(23), 999));
  EXPECT_TRUE(is_full(1000, absl::ZeroDuration(), 1000));
  EXPECT_TRUE(is_full(1, absl::Hours(24), 1));
  // The more is stored, the larger they are.
  EXPECT_FALSE(is_full(1000, absl::ZeroDuration(), 16000));
  EXPECT_TRUE(is_full(2000, absl::ZeroDuration(), 16000));
  EXPECT_FALSE(IsFull(
      kOptions, {.id = 1, .bytes = 1000, .empty = true, .age = absl::Hours(48)},
      1000));
}

TEST(SweepRulesTest, WhatIsWantedIsMovedIfItIsLittleAndOld) {
  auto dropped = [](const WantedOfGeneration& wanted,
                    absl::Duration closed_for) {
    return IsToBeDropped(kOptions,
                         {.id = 1, .bytes = 4000, .age = absl::ZeroDuration()},
                         wanted, closed_for);
  };
  EXPECT_TRUE(dropped({}, absl::ZeroDuration()));
  EXPECT_TRUE(dropped({.entry_count = 1, .bytes = 999}, absl::Minutes(1)));
  EXPECT_FALSE(dropped({.entry_count = 1, .bytes = 999}, absl::Seconds(59)));
  EXPECT_FALSE(dropped({.entry_count = 1, .bytes = 1000}, absl::Minutes(1)));
  EXPECT_TRUE(
      dropped({.entry_count = kMovedEntriesMax, .bytes = 1}, absl::Minutes(1)));
  EXPECT_FALSE(dropped({.entry_count = kMovedEntriesMax + 1, .bytes = 0},
                       absl::Minutes(1)));
}

}  // namespace
}  // namespace causeway::push
