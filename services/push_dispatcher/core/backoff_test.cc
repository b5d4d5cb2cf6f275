#include "services/push_dispatcher/core/backoff.h"

#include <gtest/gtest.h>

namespace causeway::push {
namespace {

TEST(BackoffTest, BoundDoublesFromTwiceMinUpToMax) {
  const BackoffOptions options = {.min = absl::Seconds(1),
                                  .max = absl::Seconds(7)};
  const double almost_one = 1 - 1e-12;
  int64_t failures = 0;
  for (int64_t bound_seconds : {2, 4, 7, 7}) {
    SCOPED_TRACE(bound_seconds);
    ++failures;
    EXPECT_NEAR(
        absl::ToDoubleSeconds(BackoffDelay(options, failures, almost_one)),
        static_cast<double>(bound_seconds), 1e-6);
    EXPECT_EQ(BackoffDelay(options, failures, 0), options.min);
  }
}

TEST(BackoffTest, NeverExceedsMaxHoweverManyFailures) {
  const BackoffOptions options;
  EXPECT_LE(BackoffDelay(options, int64_t{1} << 62, 0.999), options.max);
  EXPECT_GE(BackoffDelay(options, int64_t{1} << 62, 0.999), absl::Minutes(4));
}

TEST(BackoffTest, JitterUsesTheWholeRange) {
  const BackoffOptions options;
  EXPECT_EQ(BackoffDelay(options, 2, 0), absl::Seconds(1));
  EXPECT_EQ(BackoffDelay(options, 2, 0.5), absl::Seconds(2.5));
}

}  // namespace
}  // namespace causeway::push
