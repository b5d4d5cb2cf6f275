#include "services/shared/appservice_client/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::appservice_client {
namespace {

using testing::HasSubstr;

using Parameters = std::vector<std::pair<std::string, std::string>>;

AppserviceRequest Request(Route route, std::string id,
                          Parameters parameters = {}) {
  AppserviceRequest request;
  request.url = "https://someapp.com/matrix/";
  request.hs_token = "T_h";
  request.route = route;
  request.id = std::move(id);
  request.parameters = std::move(parameters);
  return request;
}

struct TargetCase {
  std::string name;
  AppserviceRequest request;
  std::string draft_url;
  std::string v1_url;
};

class TargetTest : public testing::TestWithParam<TargetCase> {};

TEST_P(TargetTest, DependsOnTheDialect) {
  const TargetCase& test_case = GetParam();
  absl::StatusOr<Target> draft = MakeTarget(test_case.request, Dialect::kDraft);
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->url, test_case.draft_url);
  EXPECT_EQ(draft->authorization, "");
  absl::StatusOr<Target> v1 = MakeTarget(test_case.request, Dialect::kV1);
  ASSERT_TRUE(v1.ok()) << v1.status();
  EXPECT_EQ(v1->url, test_case.v1_url);
  EXPECT_EQ(v1->authorization, "Bearer T_h");
}

INSTANTIATE_TEST_SUITE_P(
    All, TargetTest,
    testing::ValuesIn<TargetCase>({
        {"WalkthroughAlias",
         Request(Route::kRooms, "#irc.freenode.net/#matrix:hsdomain.com"),
         "https://someapp.com/matrix/rooms/"
         "%23irc.freenode.net%2F%23matrix%3Ahsdomain.com?access_token=T_h",
         "https://someapp.com/matrix/_matrix/app/v1/rooms/"
         "%23irc.freenode.net%2F%23matrix%3Ahsdomain.com"},
        {"WalkthroughUser",
         Request(Route::kUsers, "@irc.freenode.net/Bob:hsdomain.com"),
         "https://someapp.com/matrix/users/"
         "%40irc.freenode.net%2FBob%3Ahsdomain.com?access_token=T_h",
         "https://someapp.com/matrix/_matrix/app/v1/users/"
         "%40irc.freenode.net%2FBob%3Ahsdomain.com"},
        {"Transaction", Request(Route::kTransactions, "n1-17"),
         "https://someapp.com/matrix/transactions/n1-17?access_token=T_h",
         "https://someapp.com/matrix/_matrix/app/v1/transactions/n1-17"},
        {"ThirdPartyProtocol", Request(Route::kThirdPartyProtocol, "irc/x"),
         "https://someapp.com/matrix/_matrix/app/unstable/thirdparty/protocol/"
         "irc%2Fx?access_token=T_h",
         "https://someapp.com/matrix/_matrix/app/v1/thirdparty/protocol/"
         "irc%2Fx"},
        {"ThirdPartyUser",
         Request(Route::kThirdPartyUser, "irc", {{"nick", "a&b"}, {"n", "#"}}),
         "https://someapp.com/matrix/_matrix/app/unstable/thirdparty/user/irc"
         "?nick=a%26b&n=%23&access_token=T_h",
         "https://someapp.com/matrix/_matrix/app/v1/thirdparty/user/irc"
         "?nick=a%26b&n=%23"},
        {"ThirdPartyLocationById",
         Request(Route::kThirdPartyLocation, "", {{"alias", "#a:d"}}),
         "https://someapp.com/matrix/_matrix/app/unstable/thirdparty/location"
         "?alias=%23a%3Ad&access_token=T_h",
         "https://someapp.com/matrix/_matrix/app/v1/thirdparty/location"
         "?alias=%23a%3Ad"},
        {"UserByUri",
         Request(Route::kUserByUri, "", {{"uri", "irc://a/Bob,isuser"}}),
         "https://someapp.com/matrix/user?uri=irc%3A%2F%2Fa%2FBob%2Cisuser"
         "&access_token=T_h",
         "https://someapp.com/matrix/_matrix/app/v1/user"
         "?uri=irc%3A%2F%2Fa%2FBob%2Cisuser"},
        {"AliasByUri", Request(Route::kAliasByUri, "", {{"uri", "irc://a/b"}}),
         "https://someapp.com/matrix/alias?uri=irc%3A%2F%2Fa%2Fb"
         "&access_token=T_h",
         "https://someapp.com/matrix/_matrix/app/v1/alias"
         "?uri=irc%3A%2F%2Fa%2Fb"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(MakeTargetTest, SlashesAtTheEndDoNotMatter) {
  AppserviceRequest request = Request(Route::kUsers, "@a:d");
  for (const char* url : {"http://a:1", "http://a:1/", "http://a:1//"}) {
    request.url = url;
    EXPECT_EQ(MakeTarget(request, Dialect::kDraft)->url,
              "http://a:1/users/%40a%3Ad?access_token=T_h");
  }
}

TEST(MakeTargetTest, TokenMayHoldAnyPrintableCharacter) {
  AppserviceRequest request = Request(Route::kUsers, "@a:d");
  request.hs_token = "a&b=c d+e#";
  EXPECT_THAT(MakeTarget(request, Dialect::kDraft)->url,
              HasSubstr("?access_token=a%26b%3Dc%20d%2Be%23"));
  EXPECT_EQ(MakeTarget(request, Dialect::kV1)->authorization,
            "Bearer a&b=c d+e#");
}

TEST(MakeTargetTest, TokenCannotAddAHeader) {
  AppserviceRequest request = Request(Route::kUsers, "@a:d");
  request.hs_token = "T_h\r\nX: y";
  EXPECT_EQ(MakeTarget(request, Dialect::kV1).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(MakeTargetTest, OnlyV1HasPing) {
  AppserviceRequest request = Request(Route::kPing, "");
  EXPECT_EQ(MakeTarget(request, Dialect::kV1)->url,
            "https://someapp.com/matrix/_matrix/app/v1/ping");
  EXPECT_EQ(MakeTarget(request, Dialect::kDraft).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(MakeTargetTest, RefusesWhatIsNoUrl) {
  for (const char* url : {"", "localhost:9000", "http://a/ b"}) {
    SCOPED_TRACE(url);
    AppserviceRequest request = Request(Route::kUsers, "@a:d");
    request.url = url;
    EXPECT_EQ(MakeTarget(request, Dialect::kV1).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(MethodTest, DependsOnTheRoute) {
  EXPECT_EQ(Method(Route::kUsers), "GET");
  EXPECT_EQ(Method(Route::kRooms), "GET");
  EXPECT_EQ(Method(Route::kTransactions), "PUT");
  EXPECT_EQ(Method(Route::kPing), "POST");
}

}  // namespace
}  // namespace causeway::appservice_client
