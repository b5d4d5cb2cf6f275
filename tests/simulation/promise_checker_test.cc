// Goal: each promise is judged by what was seen, also without a commit log, as
// a recorder of real application services has none.
// Method: one good history, and one change to it for each way to break it.
#include "tests/simulation/promise_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/history.h"

namespace causeway::push::simulation {
namespace {

using absl::Seconds;
using ::testing::Contains;
using ::testing::Field;
using ::testing::IsEmpty;

Put MakePut(const std::string& txn_id, const std::string& body,
            std::vector<StreamEvent> events, int64_t second) {
  Put put;
  put.uid = 1;
  put.txn_id = txn_id;
  put.body = std::make_shared<const std::string>(body);
  put.events = std::move(events);
  put.sent = put.arrived = put.finished = Seconds(second);
  put.taken = Put::Taken::kYes;
  return put;
}

// Two transactions, the first of which is tried twice.
History Good() {
  History history;
  history.appservice_by_uid = {{1, 0}};
  history.last_id_appservices = {0};
  for (int64_t position = 1; position <= 3; ++position) {
    history.accepted.push_back({{1, position}, Seconds(1), {1}});
  }
  history.published = {{1, 4, Seconds(2)}};
  history.puts = {MakePut("a", "12", {{1, 1}, {1, 2}}, 3),
                  MakePut("a", "12", {{1, 1}, {1, 2}}, 4),
                  MakePut("b", "3", {{1, 3}}, 5)};
  history.puts[1].taken = Put::Taken::kKnownAlready;
  return history;
}

auto Breaks(const std::string& promise) {
  return Contains(Field(&Violation::promise, promise));
}

TEST(PromiseCheckerTest, AcceptsWhatIsGood) {
  EXPECT_THAT(CheckPromises(Good()), IsEmpty());
}

TEST(PromiseCheckerTest, NoticesReplicasThatStayIdle) {
  History history = Good();
  history.final_queue_counts = {{"push-1", 2}, {"push-2", 1}};
  EXPECT_THAT(CheckPromises(history), IsEmpty());
  history.final_queue_counts = {{"push-1", 2}, {"push-2", 0}};
  EXPECT_THAT(CheckPromises(history), Breaks("P5"));
}

TEST(PromiseCheckerTest, NoticesAQueueThatGoesToAndFro) {
  History history = Good();
  history.final_queue_counts = {{"push-1", 1}, {"push-2", 1}};
  history.leases_upset = Seconds(10);
  history.hand_overs = {{1, Seconds(12)}, {1, Seconds(21)}, {2, Seconds(22)}};
  EXPECT_THAT(CheckPromises(history), IsEmpty());
  history.hand_overs.push_back({1, Seconds(40)});
  EXPECT_THAT(CheckPromises(history), Breaks("P5"));
}

TEST(PromiseCheckerTest, NoticesWhatIsNeverOffered) {
  History history = Good();
  history.puts.pop_back();
  EXPECT_THAT(CheckPromises(history), Breaks("P1"));
}

TEST(PromiseCheckerTest, NoticesWhatIsAcknowledgedBeforeItsCommit) {
  History history = Good();
  history.published[0].time = absl::Milliseconds(500);
  EXPECT_THAT(CheckPromises(history), Breaks("P1"));
}

TEST(PromiseCheckerTest, NoticesFirstOffersOutOfOrder) {
  History history = Good();
  history.puts = {history.puts[2], history.puts[0]};
  EXPECT_THAT(CheckPromises(history), Breaks("P2"));
}

TEST(PromiseCheckerTest, NoticesOtherBytesUnderOneId) {
  History history = Good();
  history.puts[1].body = std::make_shared<const std::string>("123");
  EXPECT_THAT(CheckPromises(history), Breaks("P3"));
}

// What has no events is sent once; but between two that are settled it may
// come at any time.
TEST(PromiseCheckerTest, WithoutEventsItIsSentOnce) {
  History history = Good();
  Put alone = MakePut("x", "", {}, 6);
  alone.is_ephemeral = true;
  history.puts.push_back(alone);
  EXPECT_THAT(CheckPromises(history), IsEmpty());
  history.puts.push_back(alone);
  EXPECT_THAT(CheckPromises(history), Breaks("P3"));
}

// Else a service that remembers the last ID would take the repeat for new.
TEST(PromiseCheckerTest, WithoutEventsItDoesNotComeBetweenTwoAttempts) {
  History history = Good();
  Put alone = MakePut("x", "", {}, 3);
  alone.is_ephemeral = true;
  history.puts[0].taken = Put::Taken::kNo;
  history.puts.insert(history.puts.begin() + 1, alone);
  EXPECT_THAT(CheckPromises(history), Breaks("P4"));
}

TEST(PromiseCheckerTest, NoticesABodyThatIsMadeWrongly) {
  History history = Good();
  history.puts[0].flaw = "it has no events";
  EXPECT_THAT(CheckPromises(history), Breaks("P3"));
}

TEST(PromiseCheckerTest, NoticesARepeat) {
  History history = Good();
  history.puts.push_back(MakePut("c", "3", {{1, 3}}, 6));
  EXPECT_THAT(CheckPromises(history), Breaks("P4"));
}

TEST(PromiseCheckerTest, NoticesWhatWasOfferedAndNeverTaken) {
  History history = Good();
  history.puts[2].taken = Put::Taken::kNo;
  EXPECT_THAT(CheckPromises(history), Breaks("P4"));
}

TEST(PromiseCheckerTest, NoticesANextBeforeTheLastWasTaken) {
  History history = Good();
  history.puts[0].taken = history.puts[1].taken = Put::Taken::kNo;
  EXPECT_THAT(CheckPromises(history), Breaks("P4"));
}

TEST(PromiseCheckerTest, NoticesTwoRequestsOfOneSenderAtATime) {
  History history = Good();
  history.puts[0].sender = history.puts[1].sender = "push-1";
  history.puts[0].finished = Seconds(5);
  EXPECT_THAT(CheckPromises(history), Breaks("P4"));
}

TEST(PromiseCheckerTest, ActsExcuseWhatTheyName) {
  History history = Good();
  history.puts.pop_back();
  history.acts = {{.kind = AuditedAct::Kind::kSkipped,
                   .uid = 1,
                   .txn_id = "b",
                   .stream = 1,
                   .after = 2,
                   .last = 3,
                   .time = Seconds(4)}};
  EXPECT_THAT(CheckPromises(history), IsEmpty());
  history.acts[0].last = 2;
  EXPECT_THAT(CheckPromises(history), Breaks("P1"));
}

TEST(PromiseCheckerTest, NoticesWhatIsPutAsideWithoutARecord) {
  History history = Good();
  history.settled = {{.uid = 1,
                      .txn_id = "b",
                      .how = SettledRecord::How::kPutAside,
                      .time = Seconds(6)}};
  EXPECT_THAT(CheckPromises(history), Breaks("P6"));
}

TEST(PromiseCheckerTest, NoticesTooMuchHeld) {
  History history = Good();
  history.held_bytes_max = 1;
  EXPECT_THAT(CheckPromises(history), Breaks("P5"));
}

TEST(PromiseCheckerTest, NoticesADelayOfTheUndisturbed) {
  History history = Good();
  history.undisturbed_appservices = {0};
  history.undisturbed_delay_max = Seconds(1);
  EXPECT_THAT(CheckPromises(history), Breaks("P5"));
}

}  // namespace
}  // namespace causeway::push::simulation
