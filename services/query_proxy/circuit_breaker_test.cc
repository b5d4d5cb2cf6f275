#include "services/query_proxy/circuit_breaker.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/query_proxy/liveness.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::query {
namespace {

constexpr char kUid[] = "7";

class CircuitBreakerTest : public ::testing::Test {
 protected:
  // One try that gets through and ends so.
  void Try(Liveness liveness, const std::string& uid = kUid) {
    const auto permit = breaker_.Allow(uid, 1);
    ASSERT_TRUE(permit.has_value());
    breaker_.Record(uid, *permit, liveness);
  }

  void Open() {
    for (int i = 0; i < 3; ++i) Try(Liveness::kFailing);
  }

  FakeClock clock_;
  CircuitBreaker breaker_{{.failures_max = 3,
                           .open_min = absl::Seconds(1),
                           .open_max = absl::Seconds(3)},
                          clock_};
};

TEST_F(CircuitBreakerTest, OpensAfterFailuresInARow) {
  Try(Liveness::kFailing);
  Try(Liveness::kFailing);
  Try(Liveness::kAlive);
  Try(Liveness::kFailing);
  Try(Liveness::kFailing);
  Try(Liveness::kFailing);
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  // Nobody else is concerned.
  EXPECT_TRUE(breaker_.Allow("8", 1));
}

TEST_F(CircuitBreakerTest, LetsOneThroughAfterAWhile) {
  Open();
  clock_.AdvanceTime(absl::Milliseconds(999));
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  clock_.AdvanceTime(absl::Milliseconds(1));
  const auto probe = breaker_.Allow(kUid, 1);
  ASSERT_TRUE(probe.has_value());
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  breaker_.Record(kUid, *probe, Liveness::kAlive);
  EXPECT_TRUE(breaker_.Allow(kUid, 1));
}

// Goal: no probe comes early. Method: step to just before each, then on.
TEST_F(CircuitBreakerTest, WhileDoublesUpToMax) {
  Open();
  for (absl::Duration wait : {absl::Seconds(1), absl::Seconds(2),
                              absl::Seconds(3), absl::Seconds(3)}) {
    SCOPED_TRACE(wait);
    clock_.AdvanceTime(wait - absl::Milliseconds(1));
    EXPECT_FALSE(breaker_.Allow(kUid, 1));
    clock_.AdvanceTime(absl::Milliseconds(1));
    Try(Liveness::kFailing);
  }
}

TEST_F(CircuitBreakerTest, TriesFromBeforeItOpenedDoNotLengthenTheWhile) {
  std::vector<CircuitBreaker::Permit> permits;
  for (int i = 0; i < 10; ++i)
    permits.push_back(breaker_.Allow(kUid, 1).value());
  for (int i = 0; i < 8; ++i) {
    breaker_.Record(kUid, permits[i], Liveness::kFailing);
  }
  clock_.AdvanceTime(absl::Seconds(1));
  const auto probe = breaker_.Allow(kUid, 1);
  ASSERT_TRUE(probe.has_value());
  // Nor are they taken for the one that was let through.
  breaker_.Record(kUid, permits[8], Liveness::kFailing);
  breaker_.Record(kUid, permits[9], Liveness::kUnknown);
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  breaker_.Record(kUid, *probe, Liveness::kFailing);
  clock_.AdvanceTime(absl::Seconds(2));
  EXPECT_TRUE(breaker_.Allow(kUid, 1));
}

// Our own trouble says nothing of the application service.
TEST_F(CircuitBreakerTest, WhatShowsNothingNeitherOpensNorCloses) {
  Try(Liveness::kFailing);
  Try(Liveness::kFailing);
  for (int i = 0; i < 3; ++i) Try(Liveness::kUnknown);
  Try(Liveness::kFailing);
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  clock_.AdvanceTime(absl::Seconds(1));
  Try(Liveness::kUnknown);
  Try(Liveness::kFailing);  // The next one needn't wait.
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
}

TEST_F(CircuitBreakerTest, OneTooManyPushesOutOne) {
  for (size_t i = 0; i < kCircuitsMax; ++i) {
    for (int k = 0; k < 3; ++k) Try(Liveness::kFailing, absl::StrCat("a", i));
  }
  const auto refused_count = [this] {
    size_t count = 0;
    for (size_t i = 0; i < kCircuitsMax; ++i) {
      if (!breaker_.Allow(absl::StrCat("a", i), 1)) ++count;
    }
    return count;
  };
  EXPECT_EQ(refused_count(), kCircuitsMax);
  ASSERT_TRUE(breaker_.Allow(kUid, 1));
  // Who was pushed out pushes out another when it is asked for, and so on.
  EXPECT_LT(refused_count(), kCircuitsMax);
  EXPECT_GT(refused_count(), kCircuitsMax / 2);
}

TEST_F(CircuitBreakerTest, ChangedRegistrationStartsAfresh) {
  Open();
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  const auto permit = breaker_.Allow(kUid, 2);
  ASSERT_TRUE(permit.has_value());
  breaker_.Record(kUid, *permit, Liveness::kFailing);
  EXPECT_TRUE(breaker_.Allow(kUid, 2));
}

}  // namespace
}  // namespace causeway::query
