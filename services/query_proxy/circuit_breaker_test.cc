#include "services/query_proxy/circuit_breaker.h"

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::query {
namespace {

constexpr char kUid[] = "7";

class CircuitBreakerTest : public ::testing::Test {
 protected:
  // One try that gets through and ends so.
  void Try(bool alive, const char* uid = kUid) {
    ASSERT_TRUE(breaker_.Allow(uid, 1));
    breaker_.Record(uid, alive);
  }

  void Open() {
    for (int i = 0; i < 3; ++i) Try(false);
  }

  FakeClock clock_;
  CircuitBreaker breaker_{{.failures_max = 3,
                           .open_min = absl::Seconds(1),
                           .open_max = absl::Seconds(3)},
                          clock_};
};

TEST_F(CircuitBreakerTest, OpensAfterFailuresInARow) {
  Try(false);
  Try(false);
  Try(true);
  Try(false);
  Try(false);
  EXPECT_TRUE(breaker_.Allow(kUid, 1));
  breaker_.Record(kUid, false);
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  EXPECT_EQ(breaker_.open_count(), 1);
  // Nobody else is concerned.
  EXPECT_TRUE(breaker_.Allow("8", 1));
}

TEST_F(CircuitBreakerTest, LetsOneThroughAfterAWhile) {
  Open();
  clock_.AdvanceTime(absl::Milliseconds(999));
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  clock_.AdvanceTime(absl::Milliseconds(1));
  EXPECT_TRUE(breaker_.Allow(kUid, 1));
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  breaker_.Record(kUid, true);
  EXPECT_TRUE(breaker_.Allow(kUid, 1));
  EXPECT_EQ(breaker_.open_count(), 0);
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
    Try(false);
  }
}

TEST_F(CircuitBreakerTest, TriesFromBeforeItOpenedDoNotLengthenTheWhile) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(breaker_.Allow(kUid, 1));
  for (int i = 0; i < 10; ++i) breaker_.Record(kUid, false);
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_TRUE(breaker_.Allow(kUid, 1));
}

TEST_F(CircuitBreakerTest, ChangedRegistrationStartsAfresh) {
  Open();
  EXPECT_FALSE(breaker_.Allow(kUid, 1));
  EXPECT_TRUE(breaker_.Allow(kUid, 2));
  breaker_.Record(kUid, false);
  EXPECT_TRUE(breaker_.Allow(kUid, 2));
}

}  // namespace
}  // namespace causeway::query
