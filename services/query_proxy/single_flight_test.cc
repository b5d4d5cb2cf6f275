#include "services/query_proxy/single_flight.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Role = SingleFlight::Role;

SingleFlight::Key Key(std::string id, int64_t revision = 1) {
  return {.question = {.kind = QuestionKind::kUser, .id = std::move(id)},
          .registration_revision = revision};
}

class SingleFlightTest : public ::testing::Test {
 protected:
  // Joins as `name`, who is noted in `delivered_` when the answer comes.
  SingleFlight::Joined Join(const SingleFlight::Key& key, std::string name,
                            std::string caused_by = "",
                            absl::Duration deadline = absl::Seconds(1)) {
    return flights_.Join(
        key, {"7"}, caused_by, deadline, [this, name](const Answer& answer) {
          delivered_.push_back(name + " " + answer.appservice_id);
        });
  }

  SingleFlight flights_;
  std::vector<std::string> delivered_;
  const Answer answer_{.outcome = Outcome::kNotFound,
                       .appservice_uid = "7",
                       .appservice_id = "irc"};
};

TEST_F(SingleFlightTest, OneLeadsAndAllGetItsAnswer) {
  EXPECT_EQ(Join(Key("@bob:d"), "a").role, Role::kLeader);
  EXPECT_EQ(Join(Key("@bob:d"), "b").role, Role::kJoined);
  EXPECT_EQ(Join(Key("@bob:d"), "c").role, Role::kJoined);
  flights_.Finish(Key("@bob:d"), answer_);
  EXPECT_THAT(delivered_, UnorderedElementsAre("a irc", "b irc", "c irc"));
  // The next one asks anew.
  EXPECT_EQ(Join(Key("@bob:d"), "d").role, Role::kLeader);
}

TEST_F(SingleFlightTest, OtherQuestionsAndRegistrationsFlyApart) {
  EXPECT_EQ(Join(Key("@bob:d"), "a").role, Role::kLeader);
  EXPECT_EQ(Join(Key("@carol:d"), "b").role, Role::kLeader);
  EXPECT_EQ(Join(Key("@bob:d", 2), "c").role, Role::kLeader);
  SingleFlight::Key alias = Key("@bob:d");
  alias.question.kind = QuestionKind::kRoomAlias;
  EXPECT_EQ(Join(alias, "d").role, Role::kLeader);
  flights_.Finish(Key("@carol:d"), answer_);
  EXPECT_THAT(delivered_, ElementsAre("b irc"));
}

TEST_F(SingleFlightTest, WhoHasLeftGetsNothing) {
  Join(Key("@bob:d"), "a");
  SingleFlight::Joined b = Join(Key("@bob:d"), "b");
  flights_.Leave(Key("@bob:d"), b.waiter);
  flights_.Leave(Key("@carol:d"), b.waiter);
  flights_.Finish(Key("@bob:d"), answer_);
  EXPECT_THAT(delivered_, ElementsAre("a irc"));
}

TEST_F(SingleFlightTest, FlightIsWorthTheLatestDeadlineOfThoseWhoWait) {
  SingleFlight::Joined a = Join(Key("@bob:d"), "a", "", absl::Seconds(3));
  SingleFlight::Joined b = Join(Key("@bob:d"), "b", "", absl::Seconds(5));
  EXPECT_EQ(flights_.Deadline(Key("@bob:d")), absl::Seconds(5));
  flights_.Leave(Key("@bob:d"), b.waiter);
  EXPECT_EQ(flights_.Deadline(Key("@bob:d")), absl::Seconds(3));
  flights_.Leave(Key("@bob:d"), a.waiter);
  EXPECT_EQ(flights_.Deadline(Key("@bob:d")), -absl::InfiniteDuration());
  // The leader's flight still ends in order.
  flights_.Finish(Key("@bob:d"), answer_);
  EXPECT_THAT(delivered_, IsEmpty());
}

// An application service that is being asked about @bob acts as @bob.
TEST_F(SingleFlightTest, TellsTheOneWhoIsBeingAskedApart) {
  EXPECT_EQ(Join(Key("@bob:d"), "alice's invite").role, Role::kLeader);
  EXPECT_EQ(Join(Key("@bob:d"), "its own join", "7").role, Role::kSelf);
  EXPECT_EQ(Join(Key("@bob:d"), "another's", "8").role, Role::kJoined);
}

// It acts as @bob, whom nobody has asked about: it leads, and waits.
TEST_F(SingleFlightTest, CausingAFlightIsNotWaitingForOneself) {
  EXPECT_EQ(Join(Key("@bob:d"), "its own join", "7").role, Role::kLeader);
  EXPECT_EQ(Join(Key("@bob:d"), "while it is asked", "7").role, Role::kSelf);
}

}  // namespace
}  // namespace causeway::query
