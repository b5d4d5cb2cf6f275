#include "services/query_proxy/uri_look_up.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/query_proxy/look_up_fixture.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::query {
namespace {

using appservice_client::Route;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(UriSchemeTest, TakesTheDraftsSchemes) {
  for (const auto& [uri, scheme] :
       std::vector<std::pair<const char*, const char*>>{
           {"irc://irc.freenode.net/Bob,isuser", "irc"},
           {"xmpp:bob@example.org", "xmpp"},
           {"SIP:bob@example.org", "sip"},
           {"tel:+441234567890", "tel"},
           {"mailto:bob@example.org", "mailto"}}) {
    EXPECT_EQ(ParseUriScheme(uri).value(), scheme);
  }
}

TEST(UriSchemeTest, RefusesOthers) {
  for (const std::string& uri :
       {std::string(), std::string("irc"), std::string("http://a/"),
        std::string(":x"), std::string("irc:\n"), std::string("irc:\xff"),
        "irc:" + std::string(kUriBytesMax, 'x')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseUriScheme(uri).status())) << uri;
  }
}

class UriLookUpTest : public LookUpFixture {
 protected:
  std::future<absl::StatusOr<std::string>> LookUp(UriKind kind,
                                                  const std::string& uri) {
    return Begin(look_up_.LookUp(kind, uri, "r", absl::Minutes(1)));
  }

  UriLookUp look_up_{fan_out_, registry_, clock_, metrics_};
};

TEST_F(UriLookUpTest, AsksThoseThatServeTheScheme) {
  Register("a", {"xmpp"});
  Register("b", {"irc"});
  auto user = LookUp(UriKind::kUser, "irc://a/Bob,isuser");
  EXPECT_THAT(Asked(), ElementsAre("b  uri=irc://a/Bob,isuser"));
  EXPECT_EQ(client_.requests()[0].route, Route::kUserByUri);
  AnswerNext(200, R"({"user_id":"@b_bob:hs.test"})");
  EXPECT_EQ(user.get().value(), "@b_bob:hs.test");

  auto room = LookUp(UriKind::kAlias, "irc://a/%23x");
  EXPECT_EQ(client_.requests()[1].route, Route::kAliasByUri);
  AnswerNext(200, R"({"alias":"#b_x:hs.test"})");
  EXPECT_EQ(room.get().value(), "#b_x:hs.test");
}

// Nobody may name others' users, as if they were those of a URI.
TEST_F(UriLookUpTest, OnlyTheirOwnIdsCount) {
  Register("a", {"irc"});
  Register("b", {"irc"});
  auto user = LookUp(UriKind::kUser, "irc://a/Bob");
  AnswerNext(200, R"({"user_id":"@b_mallory:hs.test"})");
  AnswerNext(200, R"({"user_id":"@b_bob:hs.test"})");
  EXPECT_EQ(user.get().value(), "@b_bob:hs.test");

  for (const char* body :
       {R"({"user_id":"@alice:hs.test"})", R"({"user_id":"bob"})",
        R"({"user_id":7})", "{}", "<html>"}) {
    auto none = LookUp(UriKind::kUser, "irc://a/Bob");
    AnswerNext(200, body);
    AnswerNext(404);
    EXPECT_TRUE(absl::IsNotFound(none.get().status())) << body;
  }
}

TEST_F(UriLookUpTest, FirstRegisteredOneCounts) {
  Register("a", {"irc"});
  Register("b", {"irc"});
  auto user = LookUp(UriKind::kUser, "irc://a/Bob");
  AnswerNext(200, R"({"user_id":"@a_bob:hs.test"})");
  AnswerNext(200, R"({"user_id":"@b_bob:hs.test"})");
  EXPECT_EQ(user.get().value(), "@a_bob:hs.test");
}

TEST_F(UriLookUpTest, SilenceIsTold) {
  Register("a", {"irc"});
  auto user = LookUp(UriKind::kUser, "irc://a/Bob");
  AnswerNext(500);
  EXPECT_TRUE(absl::IsDeadlineExceeded(user.get().status()));
}

// Rooms of letters and calls are private.
TEST_F(UriLookUpTest, LettersAndCallsHaveNoAlias) {
  Register("a", {"tel", "mailto"});
  for (const char* uri : {"tel:+44123", "mailto:bob@example.org"}) {
    EXPECT_TRUE(absl::IsNotFound(LookUp(UriKind::kAlias, uri).get().status()));
  }
  EXPECT_THAT(Asked(), IsEmpty());
  auto user = LookUp(UriKind::kUser, "tel:+44123");
  AnswerNext(200, R"({"user_id":"@a_44123:hs.test"})");
  EXPECT_EQ(user.get().value(), "@a_44123:hs.test");
}

}  // namespace
}  // namespace causeway::query
