#include "services/shared/appservice_client/answer_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/route_memory.h"

namespace causeway::appservice_client {
namespace {

constexpr absl::Duration kSlowFrom = absl::Milliseconds(20);
constexpr absl::Duration kShort = absl::Milliseconds(19);
constexpr absl::Duration kLong = absl::Milliseconds(20);

TEST(AnswerTimesTest, WhoHasNotAnsweredIsUnknown) {
  AnswerTimes times(kSlowFrom);
  times.Note("a", kShort);
  EXPECT_EQ(times.Of("a"), Pace::kQuick);
  EXPECT_EQ(times.Of("b"), Pace::kUnknown);
}

TEST(AnswerTimesTest, OneQuickAnswerOfTheLastFourIsEnough) {
  AnswerTimes times(kSlowFrom);
  times.Note("a", kLong);
  EXPECT_EQ(times.Of("a"), Pace::kSlow);
  times.Note("a", kShort);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(times.Of("a"), Pace::kQuick) << i;
    times.Note("a", kLong);
  }
  EXPECT_EQ(times.Of("a"), Pace::kQuick);
  times.Note("a", kLong);
  EXPECT_EQ(times.Of("a"), Pace::kSlow);
}

TEST(AnswerTimesTest, RemembersABoundedNumber) {
  AnswerTimes times(kSlowFrom);
  for (size_t i = 0; i <= kRememberedMax; ++i) {
    times.Note(absl::StrCat(i), kShort);
  }
  size_t known_count = 0;
  for (size_t i = 0; i <= kRememberedMax; ++i) {
    if (times.Of(absl::StrCat(i)) != Pace::kUnknown) ++known_count;
  }
  EXPECT_EQ(known_count, kRememberedMax);
}

}  // namespace
}  // namespace causeway::appservice_client
