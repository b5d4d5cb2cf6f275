#include "services/query_proxy/try_schedule.h"

#include <random>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::query {
namespace {

constexpr TryOptions kOptions{.tries_max = 3,
                              .try_timeout = absl::Seconds(10),
                              .pause = absl::Milliseconds(200)};

class TryScheduleTest : public ::testing::Test {
 protected:
  NextTry Plan(int tries_done, absl::Duration remaining) {
    return PlanTry(kOptions, tries_done, remaining, random_);
  }

  std::mt19937 random_{42};
};

TEST_F(TryScheduleTest, FirstTryGoesAtOnce) {
  NextTry next = Plan(0, absl::Minutes(1));
  EXPECT_FALSE(next.give_up);
  EXPECT_EQ(next.pause, absl::ZeroDuration());
  EXPECT_EQ(next.timeout, absl::Seconds(10));
}

TEST_F(TryScheduleTest, PausesGrowAndAreSpread) {
  for (int i = 0; i < 100; ++i) {
    NextTry second = Plan(1, absl::Minutes(1));
    EXPECT_GE(second.pause, absl::Milliseconds(100));
    EXPECT_LE(second.pause, absl::Milliseconds(300));
    NextTry third = Plan(2, absl::Minutes(1));
    EXPECT_GE(third.pause, absl::Milliseconds(400));
    EXPECT_LE(third.pause, absl::Milliseconds(1200));
  }
}

TEST_F(TryScheduleTest, GivesUpAfterTriesMax) {
  EXPECT_FALSE(Plan(2, absl::Minutes(1)).give_up);
  EXPECT_TRUE(Plan(3, absl::Minutes(1)).give_up);
}

TEST_F(TryScheduleTest, NeverBeyondTheDeadline) {
  for (int tries_done : {0, 1, 2}) {
    NextTry next = Plan(tries_done, absl::Seconds(2));
    EXPECT_FALSE(next.give_up);
    EXPECT_LE(next.pause + next.timeout, absl::Seconds(2));
  }
}

TEST_F(TryScheduleTest, GivesUpWhenNoTimeIsLeft) {
  EXPECT_TRUE(Plan(0, absl::ZeroDuration()).give_up);
  EXPECT_TRUE(Plan(0, -absl::InfiniteDuration()).give_up);
  EXPECT_TRUE(Plan(0, kTryTimeoutMin - absl::Nanoseconds(1)).give_up);
  EXPECT_FALSE(Plan(0, kTryTimeoutMin).give_up);
  EXPECT_TRUE(Plan(1, absl::Milliseconds(100)).give_up);
}

}  // namespace
}  // namespace causeway::query
