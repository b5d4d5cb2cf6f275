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
    snapshot_ = registry_.Snapshot();
    targets_.clear();
    for (const std::string& uid : uids) {
      targets_.push_back({.registration = snapshot_->FindByUid(uid),
                          .route = appservice_client::Route::kThirdPartyUser,
                          .id = "irc",
                          .parameters = {{"nick", "bob"}}});
    }
    return Begin(fan_out_.Ask(targets_, "r", patience));
  }

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

TEST_F(FanOutTest, NobodyToAskIsNoWait) {
  EXPECT_THAT(Ask({}).get(), SizeIs(0));
}

}  // namespace
}  // namespace causeway::query
