#include "services/query_proxy/fan_out.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/query_proxy/look_up_fixture.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::query {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using Answers = std::vector<absl::StatusOr<std::string>>;

class FanOutTest : public LookUpFixture {
 protected:
  FanOutTest() {
    Register("a", {"irc"});
    Register("b", {"irc"});
  }

  // One request to each of `uids`.
  std::future<Answers> Ask(const std::vector<std::string>& uids,
                           absl::Duration patience = absl::Minutes(1)) {
    return Ask(uids, patience, fan_out_);
  }
  std::future<Answers> Ask(const std::vector<std::string>& uids,
                           absl::Duration patience, FanOut& fan_out) {
    snapshot_ = registry_.Snapshot();
    targets_.clear();
    for (const std::string& uid : uids) {
      targets_.push_back({.registration = snapshot_->FindByUid(uid),
                          .route = appservice_client::Route::kThirdPartyUser,
                          .id = "irc",
                          .parameters = {{"nick", "bob"}}});
    }
    return Begin(Gather(patience, fan_out));
  }

  boost::asio::awaitable<Answers> Gather(absl::Duration patience,
                                         FanOut& fan_out) {
    Answers answers;
    const auto take = [&](size_t index, absl::StatusOr<std::string> answer) {
      EXPECT_EQ(index, answers.size());
      answers.push_back(std::move(answer));
      return answers.size() < wanted_;
    };
    co_await fan_out.Ask(targets_, "r", patience, take);
    co_return answers;
  }

  size_t wanted_ = 100;

  std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot_;
  std::vector<FanOut::Target> targets_;
};

TEST_F(FanOutTest, AsksAllAtOnceAndKeepsTheirOrder) {
  auto answers = Ask({"1", "2"});
  EXPECT_THAT(Asked(), ElementsAre("a irc nick=bob", "b irc nick=bob"));
  EXPECT_EQ(client_.requests()[0].timeout, absl::Seconds(5));
  EXPECT_EQ(client_.requests()[0].request_id, "r");
  AnswerNext(200, "of a");
  AnswerNext(200, "of b");
  const Answers got = answers.get();
  EXPECT_EQ(got[0].value(), "of a");
  EXPECT_EQ(got[1].value(), "of b");
}

TEST_F(FanOutTest, NoOneGetsMoreTimeThanTheCallerHas) {
  auto answers = Ask({"1"}, absl::Seconds(2));
  EXPECT_EQ(client_.requests()[0].timeout, absl::Seconds(2));
  AnswerNext(200);
  answers.get();
}

TEST_F(FanOutTest, TellsANoFromSilence) {
  for (int no : {404, 405, 501, 308}) {
    auto answers = Ask({"1"});
    AnswerNext(no);
    EXPECT_TRUE(absl::IsNotFound(answers.get()[0].status())) << no;
  }
  for (int silence : {500, 401, 429}) {
    auto answers = Ask({"2"});
    AnswerNext(silence);
    EXPECT_TRUE(absl::IsUnavailable(answers.get()[0].status())) << silence;
  }
}

TEST_F(FanOutTest, ThoseThatDoNotAnswerAreLeftAlone) {
  for (int i = 0; i < 2; ++i) {
    auto answers = Ask({"1", "2"});
    client_.Answer(absl::DeadlineExceededError("slow"));
    AnswerNext(200, "b");
    const Answers got = answers.get();
    EXPECT_TRUE(absl::IsUnavailable(got[0].status()));
    EXPECT_EQ(got[1].value(), "b");
  }
  auto answers = Ask({"1", "2"});
  EXPECT_THAT(client_.requests(), SizeIs(5));
  AnswerNext(200, "b");
  EXPECT_TRUE(absl::IsUnavailable(answers.get()[0].status()));
}

TEST_F(FanOutTest, RequestsUnderWayAreBounded) {
  auto many = Ask({"1", "1", "1", "1", "2", "2"});
  EXPECT_THAT(client_.requests(), SizeIs(4));
  for (int i = 0; i < 4; ++i) AnswerNext(200, "yes");
  const Answers got = many.get();
  EXPECT_TRUE(got[2].ok());
  EXPECT_TRUE(absl::IsUnavailable(got[3].status()));
  EXPECT_TRUE(got[4].ok());
  EXPECT_TRUE(absl::IsUnavailable(got[5].status()));
  // Those that are answered make room.
  auto next = Ask({"1"});
  AnswerNext(200, "yes");
  EXPECT_TRUE(next.get()[0].ok());
}

// Goal: nobody is left out for being the last of many. Method: two at once,
// four to be asked, and one whose circuit is open, which isn't counted.
TEST_F(FanOutTest, ThoseBeyondTheFirstAreAskedNext) {
  Register("c", {"irc"});
  for (int i = 0; i < 2; ++i) {
    auto silent = Ask({"3"});
    client_.Answer(absl::DeadlineExceededError("slow"));
    Run();
  }
  FanOut two_at_once({.at_once_max = 2}, client_, requests_, breaker_, clock_,
                     metrics_);
  auto answers = Ask({"1", "3", "2", "1", "2"}, absl::Minutes(1), two_at_once);
  EXPECT_THAT(client_.requests(), SizeIs(2 + 2));
  AnswerNext(200, "1st");
  EXPECT_THAT(client_.requests(), SizeIs(2 + 2));
  AnswerNext(200, "2nd");
  EXPECT_THAT(client_.requests(), SizeIs(2 + 4));
  AnswerNext(200, "3rd");
  AnswerNext(200, "4th");
  const Answers got = answers.get();
  ASSERT_THAT(got, SizeIs(5));
  EXPECT_TRUE(absl::IsUnavailable(got[1].status()));
  EXPECT_EQ(got[4].value(), "4th");
}

TEST_F(FanOutTest, WhoHasNoTimeLeftAsksNobodyMore) {
  FanOut one_at_once({.at_once_max = 1}, client_, requests_, breaker_, clock_,
                     metrics_);
  auto answers = Ask({"1", "2"}, absl::Seconds(3), one_at_once);
  clock_.AdvanceTime(absl::Seconds(3));
  AnswerNext(200, "late");
  const Answers got = answers.get();
  EXPECT_EQ(got[0].value(), "late");
  EXPECT_TRUE(absl::IsUnavailable(got[1].status()));
  EXPECT_THAT(client_.requests(), SizeIs(1));
}

TEST_F(FanOutTest, NoMoreAreAskedThanAreWanted) {
  FanOut one_at_once({.at_once_max = 1}, client_, requests_, breaker_, clock_,
                     metrics_);
  wanted_ = 1;
  auto answers = Ask({"1", "2"}, absl::Minutes(1), one_at_once);
  AnswerNext(200, "enough");
  EXPECT_THAT(answers.get(), SizeIs(1));
  EXPECT_THAT(client_.requests(), SizeIs(1));
}

TEST_F(FanOutTest, NobodyToAskIsNoWait) {
  EXPECT_THAT(Ask({}).get(), SizeIs(0));
}

}  // namespace
}  // namespace causeway::query
