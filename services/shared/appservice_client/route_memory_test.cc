#include "services/shared/appservice_client/route_memory.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::appservice_client {
namespace {

struct AnswerCase {
  std::string name;
  int http_status;
  std::string body;
  bool means_no_such_route;
  bool proves_route = false;
};

class NoSuchRouteTest : public testing::TestWithParam<AnswerCase> {};

TEST_P(NoSuchRouteTest, IsReadFromTheAnswer) {
  AppserviceResponse response;
  response.http_status = GetParam().http_status;
  response.body = GetParam().body;
  EXPECT_EQ(MeansNoSuchRoute(response), GetParam().means_no_such_route);
  EXPECT_EQ(ProvesRoute(response), GetParam().proves_route);
}

INSTANTIATE_TEST_SUITE_P(
    All, NoSuchRouteTest,
    testing::ValuesIn<AnswerCase>({
        {"Bare404", 404, "", true},
        {"Html404", 404, "<html>", true},
        {"Object404", 404, "{}", true},
        {"OddErrcode404", 404, R"({"errcode":404})", true},
        {"Unrecognized404", 404, R"({"errcode":"M_UNRECOGNIZED"})", true},
        {"NotFound404", 404, R"({"errcode":"M_NOT_FOUND"})", false, true},
        {"Custom404", 404, R"({"errcode":"USER_DOES_NOT_EXIST"})", false, true},
        {"MethodNotAllowed", 405, "", true},
        {"NotImplemented", 501, "", true},
        {"MovedPermanently", 301, "", true},
        {"PermanentRedirect", 308, "", true},
        {"LongErrcode404", 404,
         absl::StrCat(R"({"errcode":"M_NOT_FOUND","error":")",
                      std::string(kErrcodeAnswerBytesMax, 'x'), "\"}"),
         true},
        {"Ok", 200, "{}", false, true},
        {"OkAfterWhitespace", 200, "\n {\"state\":", false, true},
        {"OkArray", 200, "[]", false, true},
        {"Page", 200, "<html>", false},
        {"NoBody", 200, "", false},
        {"OkWithErrcode", 200, R"({"errcode":"M_UNRECOGNIZED"})", false, true},
        {"Unauthorized", 401, "", false},
        {"Forbidden", 403, "", false},
        {"ForbiddenByErrcode", 403, R"({"errcode":"M_FORBIDDEN"})", false},
        {"ServerError", 500, "", false},
        {"OwnServerError", 500, R"({"errcode":"M_UNKNOWN"})", false, true},
        {"BadGateway", 502, "", false},
    }),
    [](const auto& info) { return info.param.name; });

// A page for whatever isn't there must not acknowledge a transaction.
TEST(DraftPathTest, PageMeansNoSuchRoute) {
  AppserviceResponse response;
  response.http_status = 200;
  response.path_dialect = Dialect::kDraft;
  for (const char* page : {"", "<html>", "OK"}) {
    response.body = page;
    EXPECT_TRUE(MeansNoSuchRoute(response)) << page;
    EXPECT_FALSE(ProvesRoute(response)) << page;
  }
  response.body = "{}";
  EXPECT_FALSE(MeansNoSuchRoute(response));
  EXPECT_TRUE(ProvesRoute(response));
}

class RouteMemoryTest : public testing::Test {
 protected:
  FakeClock clock_;
  RouteMemory memory_{clock_};
};

TEST_F(RouteMemoryTest, V1GoesFirst) {
  EXPECT_EQ(memory_.First("uid", "http://a"), Dialect::kV1);
}

TEST_F(RouteMemoryTest, DraftIsRememberedForItsRegistrationAndUrl) {
  memory_.Remember("uid", "http://a", Dialect::kDraft);
  EXPECT_EQ(memory_.First("uid", "http://a"), Dialect::kDraft);
  EXPECT_EQ(memory_.First("uid2", "http://a"), Dialect::kV1);
  EXPECT_EQ(memory_.First("uid", "http://b"), Dialect::kV1);
}

// Goal: v1 gets its turn although the draft's paths keep answering.
TEST_F(RouteMemoryTest, V1IsTriedAgainFromTimeToTime) {
  memory_.Remember("uid", "http://a", Dialect::kDraft);
  clock_.AdvanceTime(kPathsRememberedFor / 2);
  memory_.Remember("uid", "http://a", Dialect::kDraft);
  clock_.AdvanceTime(kPathsRememberedFor / 2 - absl::Milliseconds(1));
  EXPECT_EQ(memory_.First("uid", "http://a"), Dialect::kDraft);
  clock_.AdvanceTime(absl::Milliseconds(1));
  EXPECT_EQ(memory_.First("uid", "http://a"), Dialect::kV1);
  memory_.Remember("uid", "http://a", Dialect::kDraft);
  EXPECT_EQ(memory_.First("uid", "http://a"), Dialect::kDraft);
}

TEST_F(RouteMemoryTest, V1TakesOver) {
  memory_.Remember("uid", "http://a", Dialect::kDraft);
  memory_.Remember("uid", "http://a", Dialect::kV1);
  EXPECT_EQ(memory_.First("uid", "http://a"), Dialect::kV1);
}

TEST_F(RouteMemoryTest, V1GoesFirstAgainWhenItIsForgotten) {
  memory_.Remember("uid", "http://a", Dialect::kDraft);
  memory_.Remember("uid2", "http://a", Dialect::kDraft);
  memory_.Forget("uid");
  EXPECT_EQ(memory_.First("uid", "http://a"), Dialect::kV1);
  EXPECT_EQ(memory_.First("uid2", "http://a"), Dialect::kDraft);
}

TEST_F(RouteMemoryTest, V1IsKnownForItsRegistrationAndUrl) {
  EXPECT_FALSE(memory_.KnowsV1("uid", "http://a"));
  memory_.Remember("uid", "http://a", Dialect::kV1);
  EXPECT_TRUE(memory_.KnowsV1("uid", "http://a"));
  EXPECT_FALSE(memory_.KnowsV1("uid2", "http://a"));
  EXPECT_FALSE(memory_.KnowsV1("uid", "http://b"));
  memory_.Remember("uid", "http://a", Dialect::kDraft);
  EXPECT_FALSE(memory_.KnowsV1("uid", "http://a"));
}

TEST_F(RouteMemoryTest, V1IsKnownSinceItLastWorked) {
  memory_.Remember("uid", "http://a", Dialect::kV1);
  clock_.AdvanceTime(kPathsRememberedFor / 2);
  memory_.Remember("uid", "http://a", Dialect::kV1);
  clock_.AdvanceTime(kPathsRememberedFor - absl::Milliseconds(1));
  EXPECT_TRUE(memory_.KnowsV1("uid", "http://a"));
  clock_.AdvanceTime(absl::Milliseconds(1));
  EXPECT_FALSE(memory_.KnowsV1("uid", "http://a"));
}

TEST_F(RouteMemoryTest, V1IsNotKnownWhenItIsForgotten) {
  memory_.Remember("uid", "http://a", Dialect::kV1);
  memory_.Forget("uid");
  EXPECT_FALSE(memory_.KnowsV1("uid", "http://a"));
}

TEST_F(RouteMemoryTest, SizeIsBounded) {
  for (size_t i = 0; i <= kRememberedMax; ++i) {
    memory_.Remember(absl::StrCat("uid", i), "http://a", Dialect::kDraft);
  }
  size_t remembered_count = 0;
  for (size_t i = 0; i <= kRememberedMax; ++i) {
    remembered_count +=
        memory_.First(absl::StrCat("uid", i), "http://a") == Dialect::kDraft;
  }
  EXPECT_EQ(remembered_count, kRememberedMax);
}

}  // namespace
}  // namespace causeway::appservice_client
