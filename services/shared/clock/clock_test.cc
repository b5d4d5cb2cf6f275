#include "services/shared/clock/clock.h"

#include <gtest/gtest.h>

#include "services/shared/clock/fake_clock.h"

namespace causeway {
namespace {

TEST(RealClockTest, MonotonicTimeNeverGoesBack) {
  RealClock clock;
  absl::Duration previous = clock.MonotonicNow();
  for (int i = 0; i < 1000; ++i) {
    absl::Duration now = clock.MonotonicNow();
    ASSERT_GE(now, previous);
    previous = now;
  }
}

TEST(RealClockTest, KnowsTheCentury) {
  EXPECT_GT(RealClock().Now(), absl::FromUnixSeconds(1700000000));
}

TEST(FakeClockTest, StandsStillUntilMoved) {
  FakeClock clock;
  absl::Time now = clock.Now();
  absl::Duration monotonic_now = clock.MonotonicNow();
  EXPECT_EQ(clock.Now(), now);
  clock.AdvanceTime(absl::Seconds(3));
  EXPECT_EQ(clock.Now(), now + absl::Seconds(3));
  EXPECT_EQ(clock.MonotonicNow(), monotonic_now + absl::Seconds(3));
}

TEST(FakeClockTest, MonotonicTimeIgnoresSetTime) {
  FakeClock clock(absl::FromUnixSeconds(1000));
  absl::Duration monotonic_now = clock.MonotonicNow();
  clock.SetTime(absl::FromUnixSeconds(10));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(10));
  EXPECT_EQ(clock.MonotonicNow(), monotonic_now);
}

TEST(FakeClockTest, NeverRunsBackwards) {
  FakeClock clock;
  absl::Duration monotonic_now = clock.MonotonicNow();
  clock.AdvanceTime(absl::Seconds(-1));
  EXPECT_EQ(clock.MonotonicNow(), monotonic_now);
}

}  // namespace
}  // namespace causeway
