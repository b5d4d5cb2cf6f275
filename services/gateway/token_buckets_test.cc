#include "services/gateway/token_buckets.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"

namespace causeway::gateway {
namespace {

constexpr absl::Duration kStart = absl::Hours(5);

TEST(TokenBucketsTest, LetsABurstPassAndThenTheRate) {
  TokenBuckets buckets({.per_second = 2, .burst = 3});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(buckets.Take("alice", kStart), absl::ZeroDuration());
  }
  EXPECT_EQ(buckets.Take("alice", kStart), absl::Milliseconds(500));
  EXPECT_EQ(buckets.Take("alice", kStart + absl::Milliseconds(250)),
            absl::Milliseconds(250));
  EXPECT_EQ(buckets.Take("alice", kStart + absl::Milliseconds(500)),
            absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("alice", kStart + absl::Milliseconds(500)),
            absl::Milliseconds(500));
}

TEST(TokenBucketsTest, PauseFillsTheBucketButNoMore) {
  TokenBuckets buckets({.per_second = 1, .burst = 2});
  EXPECT_EQ(buckets.Take("alice", kStart), absl::ZeroDuration());
  const absl::Duration later = kStart + absl::Hours(1);
  EXPECT_EQ(buckets.Take("alice", later), absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("alice", later), absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("alice", later), absl::Seconds(1));
}

TEST(TokenBucketsTest, ThreadThatIsOvertakenGainsNothing) {
  TokenBuckets buckets({.per_second = 1, .burst = 1});
  const absl::Duration later = kStart + absl::Seconds(1);
  EXPECT_EQ(buckets.Take("alice", later), absl::ZeroDuration());
  EXPECT_GT(buckets.Take("alice", kStart), absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("alice", later), absl::Seconds(1));
}

TEST(TokenBucketsTest, EverybodyHasOneOfItsOwn) {
  TokenBuckets buckets({.per_second = 1, .burst = 1});
  EXPECT_EQ(buckets.Take("alice", kStart), absl::ZeroDuration());
  EXPECT_GT(buckets.Take("alice", kStart), absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("bob", kStart), absl::ZeroDuration());
}

TEST(TokenBucketsTest, ForgetsWhoCameLongestAgo) {
  TokenBuckets buckets({.per_second = 1, .burst = 1, .names_max = 2});
  EXPECT_EQ(buckets.Take("alice", kStart), absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("bob", kStart), absl::ZeroDuration());
  EXPECT_GT(buckets.Take("alice", kStart), absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("carol", kStart), absl::ZeroDuration());
  EXPECT_GT(buckets.Take("alice", kStart), absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("bob", kStart), absl::ZeroDuration());  // Forgotten.
}

TEST(TokenBucketsTest, WithoutARateNothingIsBounded) {
  TokenBuckets buckets({.per_second = 0, .burst = 1});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(buckets.Take("alice", kStart), absl::ZeroDuration());
  }
}

}  // namespace
}  // namespace causeway::gateway
