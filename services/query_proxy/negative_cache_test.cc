#include "services/query_proxy/negative_cache.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::query {
namespace {

const Question kBob{.kind = QuestionKind::kUser, .id = "@bob:hs.test"};
const Question kCarol{.kind = QuestionKind::kUser, .id = "@carol:hs.test"};

class NegativeCacheTest : public ::testing::Test {
 protected:
  const Answer no_{.outcome = Outcome::kNotFound, .appservice_uid = "7"};
  FakeClock clock_;
  NegativeCache cache_{{.lifetime = absl::Seconds(1), .entries_max = 3},
                       clock_};
};

TEST_F(NegativeCacheTest, RemembersForAMoment) {
  EXPECT_FALSE(cache_.Find(kBob, 1).has_value());
  cache_.Add(kBob, 1, no_);
  clock_.AdvanceTime(absl::Milliseconds(999));
  ASSERT_TRUE(cache_.Find(kBob, 1).has_value());
  EXPECT_EQ(cache_.Find(kBob, 1)->appservice_uid, "7");
  EXPECT_FALSE(cache_.Find(kCarol, 1).has_value());
  clock_.AdvanceTime(absl::Milliseconds(1));
  EXPECT_FALSE(cache_.Find(kBob, 1).has_value());
}

TEST_F(NegativeCacheTest, ChangedRegistrationsAreAskedAnew) {
  cache_.Add(kBob, 1, no_);
  EXPECT_FALSE(cache_.Find(kBob, 2).has_value());
}

TEST_F(NegativeCacheTest, AddedAgainLivesOn) {
  cache_.Add(kBob, 1, no_);
  clock_.AdvanceTime(absl::Milliseconds(600));
  cache_.Add(kBob, 1, no_);
  clock_.AdvanceTime(absl::Milliseconds(600));
  cache_.Add(kCarol, 1, no_);  // Drops what has expired.
  EXPECT_TRUE(cache_.Find(kBob, 1).has_value());
}

TEST_F(NegativeCacheTest, KeepsNoMoreThanItsBound) {
  for (int i = 0; i < 3; ++i) {
    cache_.Add({.kind = QuestionKind::kUser, .id = absl::StrCat("@", i, ":d")},
               1, no_);
  }
  cache_.Add(kBob, 1, no_);
  EXPECT_FALSE(cache_.Find(kBob, 1).has_value());
  clock_.AdvanceTime(absl::Seconds(1));
  cache_.Add(kBob, 1, no_);
  EXPECT_TRUE(cache_.Find(kBob, 1).has_value());
}

TEST_F(NegativeCacheTest, LifetimeZeroTurnsItOff) {
  NegativeCache off({.lifetime = absl::ZeroDuration(), .entries_max = 3},
                    clock_);
  off.Add(kBob, 1, no_);
  EXPECT_FALSE(off.Find(kBob, 1).has_value());
}

}  // namespace
}  // namespace causeway::query
