#include "services/push_dispatcher/delivery/small_cut_pace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SmallCutPaceTest : public ::testing::Test {
 protected:
  void TakenIn(bool saturated) { pace_.TakenIn(saturated, now_); }
  void Hold(int count) {
    for (int i = 0; i < count; ++i) pace_.Hold(++last_uid_);
  }
  std::vector<AppserviceUid> Next() {
    std::vector<AppserviceUid> uids;
    while (const auto uid = pace_.Next(now_)) uids.push_back(*uid);
    return uids;
  }

  absl::Duration now_ = absl::Hours(1);
  AppserviceUid last_uid_ = 0;
  SmallCutPace pace_{100};
};

TEST_F(SmallCutPaceTest, HoldsNobodyBeforeAnythingWasTakenIn) {
  EXPECT_FALSE(pace_.Holds(now_));
  EXPECT_EQ(pace_.UntilNext(now_), absl::InfiniteDuration());
}

TEST_F(SmallCutPaceTest, HoldsWhileEventsComeFasterThanTheyAreTakenIn) {
  TakenIn(true);
  EXPECT_TRUE(pace_.Holds(now_));
  TakenIn(false);
  EXPECT_FALSE(pace_.Holds(now_));
}

TEST_F(SmallCutPaceTest, HoldsNobodyForLongAfterNothingComesAnyMore) {
  TakenIn(true);
  now_ += absl::Milliseconds(249);
  EXPECT_TRUE(pace_.Holds(now_));
  now_ += absl::Milliseconds(1);
  EXPECT_FALSE(pace_.Holds(now_));
}

TEST_F(SmallCutPaceTest, GivesTurnsAtItsRateInTheOrderOfComing) {
  TakenIn(true);
  Hold(50);
  EXPECT_THAT(Next(), ElementsAre(1, 2)) << "10 ms that nobody has used";
  now_ += absl::Milliseconds(10);
  EXPECT_THAT(Next(), ElementsAre(3));
  EXPECT_THAT(Next(), IsEmpty());
  now_ += absl::Milliseconds(20);
  EXPECT_THAT(Next(), ElementsAre(4, 5));
}

TEST_F(SmallCutPaceTest, KeepsNoMoreThanAFewUnusedTurns) {
  TakenIn(true);
  Hold(1);
  Next();
  now_ += absl::Seconds(10);
  TakenIn(true);
  Hold(50);
  EXPECT_THAT(Next(), SizeIs(2));
}

TEST_F(SmallCutPaceTest, GivesEverybodyATurnWhenItIsOver) {
  TakenIn(true);
  Hold(50);
  Next();
  TakenIn(false);
  EXPECT_THAT(Next(), SizeIs(48));
}

TEST_F(SmallCutPaceTest, TellsHowLongToWait) {
  TakenIn(true);
  Hold(3);
  Next();
  EXPECT_EQ(pace_.UntilNext(now_), absl::Milliseconds(10));
}

TEST(SmallCutPaceOffTest, HoldsNobodyWithoutARate) {
  SmallCutPace pace(0);
  pace.TakenIn(true, absl::Hours(1));
  EXPECT_FALSE(pace.Holds(absl::Hours(1)));
}

}  // namespace
}  // namespace causeway::push
