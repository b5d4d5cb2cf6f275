#include "services/query_proxy/third_party_look_up.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/look_up_fixture.h"
#include "services/shared/matrix/json.h"

namespace causeway::query {
namespace {

using matrix::Json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Search = ThirdPartyLookUp::Search;

constexpr char kFreenode[] =
    R"({"icon":"i","instances":[{"network_id":"freenode"}]})";
constexpr char kBob[] =
    R"([{"userid":"@a_bob:hs.test","protocol":"irc","fields":{}}])";

class ThirdPartyLookUpTest : public LookUpFixture {
 protected:
  static ThirdPartyLookUp::Context Context() {
    return {.request_id = "r", .patience = absl::Minutes(1)};
  }
  std::future<absl::StatusOr<std::string>> Find(Search search) {
    return Begin(look_up_.Find(std::move(search), Context()));
  }

  ThirdPartyLookUp look_up_{
      {.lifetime = absl::Minutes(1)}, fan_out_, registry_, clock_, metrics_};
};

TEST_F(ThirdPartyLookUpTest, GathersAllProtocols) {
  Register("a", {"irc", "xmpp"});
  Register("silent", {"irc"});
  Register("without_url", {"irc"}, /*has_url=*/false);
  Register("without_networks", {});
  auto result = Begin(look_up_.Protocols(Context()));
  EXPECT_THAT(Asked(), ElementsAre("a irc", "a xmpp", "silent irc"));
  AnswerNext(200, kFreenode);
  AnswerNext(404);
  client_.Answer(absl::DeadlineExceededError("slow"));
  Run();
  EXPECT_EQ(Json::parse(result.get()), Json::parse(R"({"irc": {"icon": "i",
      "instances": [{"network_id": "freenode",
                     "instance_id": "a|freenode"}]}})"));
}

TEST_F(ThirdPartyLookUpTest, ProtocolsAreRememberedForAWhile) {
  Register("a", {"irc"});
  auto first = Begin(look_up_.Protocol("irc", Context()));
  AnswerNext(200, kFreenode);
  const std::string told = first.get().value();
  EXPECT_EQ(Begin(look_up_.Protocol("irc", Context())).get().value(), told);
  EXPECT_THAT(client_.requests(), SizeIs(1));
  clock_.AdvanceTime(absl::Minutes(1));
  auto later = Begin(look_up_.Protocol("irc", Context()));
  EXPECT_THAT(client_.requests(), SizeIs(2));
  AnswerNext(404);
  EXPECT_TRUE(absl::IsNotFound(later.get().status()));
  // So is a no.
  EXPECT_TRUE(absl::IsNotFound(
      Begin(look_up_.Protocol("irc", Context())).get().status()));
  EXPECT_THAT(client_.requests(), SizeIs(2));
}

TEST_F(ThirdPartyLookUpTest, SilenceIsNotRememberedAndTold) {
  Register("a", {"irc"});
  for (size_t count : {1, 2}) {
    auto result = Begin(look_up_.Protocol("irc", Context()));
    EXPECT_THAT(client_.requests(), SizeIs(count));
    AnswerNext(429);
    EXPECT_TRUE(absl::IsDeadlineExceeded(result.get().status()));
  }
}

TEST_F(ThirdPartyLookUpTest, AnswersThatMakeNoSenseAreLeftOut) {
  Register("a", {"irc"});
  Register("b", {"irc"});
  auto result = Begin(look_up_.Protocol("irc", Context()));
  AnswerNext(200, "<html>");
  AnswerNext(200, kFreenode);
  EXPECT_EQ(Json::parse(result.get().value())["instances"][0]["instance_id"],
            "b|freenode");
}

TEST_F(ThirdPartyLookUpTest, UnknownProtocolAsksNobody) {
  Register("a", {"irc"});
  EXPECT_TRUE(absl::IsNotFound(
      Begin(look_up_.Protocol("xmpp", Context())).get().status()));
  EXPECT_TRUE(absl::IsNotFound(
      Find({.kind = LookUpKind::kUser, .protocol = "xmpp"}).get().status()));
  EXPECT_THAT(Asked(), IsEmpty());
}

TEST_F(ThirdPartyLookUpTest, UsersOfAllThatServeTheProtocol) {
  Register("a", {"irc"});
  Register("b", {"irc", "xmpp"});
  Register("c", {"xmpp"});
  auto result = Find({.kind = LookUpKind::kUser,
                      .protocol = "irc",
                      .fields = {{"nick", "bob"}}});
  EXPECT_THAT(Asked(), ElementsAre("a irc nick=bob", "b irc nick=bob"));
  AnswerNext(200, kBob);
  AnswerNext(200,
             R"([{"userid":"@b_bob:hs.test","protocol":"irc","fields":{}}])");
  const Json users = Json::parse(result.get().value());
  ASSERT_EQ(users.size(), 2u);
  EXPECT_EQ(users[0]["userid"], "@a_bob:hs.test");
  EXPECT_EQ(users[1]["userid"], "@b_bob:hs.test");
}

// Goal: what one says is told although another is silent; nothing at all is a
// no only if all have said so.
TEST_F(ThirdPartyLookUpTest, PartialAnswersAreTold) {
  Register("a", {"irc"});
  Register("b", {"irc"});
  auto partial = Find({.kind = LookUpKind::kUser, .protocol = "irc"});
  AnswerNext(200, kBob);
  AnswerNext(503);
  EXPECT_EQ(Json::parse(partial.get().value()).size(), 1u);

  auto open = Find({.kind = LookUpKind::kUser, .protocol = "irc"});
  AnswerNext(200, "[]");
  AnswerNext(429);
  EXPECT_TRUE(absl::IsDeadlineExceeded(open.get().status()));

  auto nobody = Find({.kind = LookUpKind::kUser, .protocol = "irc"});
  AnswerNext(200, "[]");
  AnswerNext(404);
  EXPECT_TRUE(absl::IsNotFound(nobody.get().status()));
}

TEST_F(ThirdPartyLookUpTest, ByMatrixIdAsksItsOwner) {
  Register("a", {"irc"});
  Register("b", {"irc"});
  Register("c", {});
  auto user = Find({.kind = LookUpKind::kUser, .matrix_id = "@b_bob:hs.test"});
  EXPECT_THAT(Asked(), ElementsAre("b  userid=@b_bob:hs.test"));
  AnswerNext(200, kBob);
  EXPECT_TRUE(user.get().ok());
  auto room =
      Find({.kind = LookUpKind::kLocation, .matrix_id = "#a_x:hs.test"});
  AnswerNext(200, R"([{"alias":"#a_x:hs.test","protocol":"irc","fields":{}}])");
  EXPECT_EQ(Json::parse(room.get().value())[0]["alias"], "#a_x:hs.test");
  EXPECT_EQ(Asked().back(), "a  alias=#a_x:hs.test");
  // Serves no network; nobody's.
  for (const char* id : {"@c_bob:hs.test", "@alice:hs.test"}) {
    EXPECT_TRUE(absl::IsNotFound(
        Find({.kind = LookUpKind::kUser, .matrix_id = id}).get().status()));
  }
  EXPECT_THAT(client_.requests(), SizeIs(2));
}

}  // namespace
}  // namespace causeway::query
