#include "services/query_proxy/answer_memory.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::query {
namespace {

const Question kBob{.kind = QuestionKind::kUser, .id = "@bob:hs.test"};
const Question kCarol{.kind = QuestionKind::kUser, .id = "@carol:hs.test"};

class AnswerMemoryTest : public ::testing::Test {
 protected:
  const Answer no_{.outcome = Outcome::kNotFound, .appservice_uid = "7"};
  FakeClock clock_;
  AnswerMemory memory_{{.lifetime = absl::Seconds(1), .entries_max = 3},
                       clock_};
};

TEST_F(AnswerMemoryTest, RemembersForAMoment) {
  EXPECT_FALSE(memory_.Find(kBob, 1).has_value());
  memory_.Add(kBob, 1, no_);
  clock_.AdvanceTime(absl::Milliseconds(999));
  ASSERT_TRUE(memory_.Find(kBob, 1).has_value());
  EXPECT_EQ(memory_.Find(kBob, 1)->appservice_uid, "7");
  EXPECT_FALSE(memory_.Find(kCarol, 1).has_value());
  clock_.AdvanceTime(absl::Milliseconds(1));
  EXPECT_FALSE(memory_.Find(kBob, 1).has_value());
}

TEST_F(AnswerMemoryTest, RemembersNeitherAYesNorWhatIsOpen) {
  const Question room{.kind = QuestionKind::kRoomAlias, .id = "#x:hs.test"};
  const Answer yes{.outcome = Outcome::kExistsCreate, .appservice_uid = "7"};
  memory_.Add(kBob, 1, yes);
  EXPECT_FALSE(memory_.Find(kBob, 1).has_value());
  memory_.Add(room, 1, yes);
  EXPECT_FALSE(memory_.Find(room, 1).has_value());
  for (Outcome open : {Outcome::kLookAgain, Outcome::kTimedOut,
                       Outcome::kAppserviceUnavailable}) {
    memory_.Add(kCarol, 1, {.outcome = open});
    EXPECT_FALSE(memory_.Find(kCarol, 1).has_value());
  }
  memory_.Add(room, 1, no_);
  EXPECT_TRUE(memory_.Find(room, 1).has_value());
}

TEST_F(AnswerMemoryTest, ChangedRegistrationsAreAskedAnew) {
  memory_.Add(kBob, 1, no_);
  EXPECT_FALSE(memory_.Find(kBob, 2).has_value());
}

TEST_F(AnswerMemoryTest, AddedAgainLivesOn) {
  memory_.Add(kBob, 1, no_);
  clock_.AdvanceTime(absl::Milliseconds(600));
  memory_.Add(kBob, 1, no_);
  clock_.AdvanceTime(absl::Milliseconds(600));
  memory_.Add(kCarol, 1, no_);  // Drops what has expired.
  EXPECT_TRUE(memory_.Find(kBob, 1).has_value());
}

TEST_F(AnswerMemoryTest, KeepsNoMoreThanItsBound) {
  for (int i = 0; i < 3; ++i) {
    memory_.Add({.kind = QuestionKind::kUser, .id = absl::StrCat("@", i, ":d")},
                1, no_);
  }
  memory_.Add(kBob, 1, no_);
  EXPECT_FALSE(memory_.Find(kBob, 1).has_value());
  clock_.AdvanceTime(absl::Seconds(1));
  memory_.Add(kBob, 1, no_);
  EXPECT_TRUE(memory_.Find(kBob, 1).has_value());
}

TEST_F(AnswerMemoryTest, LifetimeZeroTurnsItOff) {
  AnswerMemory off({.lifetime = absl::ZeroDuration(), .entries_max = 3},
                   clock_);
  off.Add(kBob, 1, no_);
  EXPECT_FALSE(off.Find(kBob, 1).has_value());
}

}  // namespace
}  // namespace causeway::query
