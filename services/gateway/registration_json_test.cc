#include "services/gateway/registration_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "services/shared/status/errcode.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::registry::v1;
using ::testing::HasSubstr;

TEST(ParseRegistrationTest, TakesTheDraftsExample) {
  const absl::StatusOr<pb::RegisterRequest> request = ParseRegistration(R"({
    "url": "https://my.application.service.com/matrix/",
    "as_token": "T_a",
    "namespaces": {"users": ["@irc\\.freenode\\.net/.*"],
                   "aliases": ["#irc\\.freenode\\.net/.*"],
                   "rooms": ["!irc\\.freenode\\.net/.*"]}})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->dialect(), pb::DRAFT);
  EXPECT_EQ(request->id(), "");
  EXPECT_EQ(request->as_token(), "T_a");
  EXPECT_EQ(request->url(), "https://my.application.service.com/matrix/");
  ASSERT_EQ(request->namespaces_size(), 3);
  EXPECT_EQ(request->namespaces(0).kind(), pb::Namespace::USERS);
  EXPECT_EQ(request->namespaces(0).regex(), R"(@irc\.freenode\.net/.*)");
  EXPECT_TRUE(request->namespaces(0).exclusive());
  EXPECT_EQ(request->namespaces(1).kind(), pb::Namespace::ALIASES);
  EXPECT_TRUE(request->namespaces(1).exclusive());
  EXPECT_EQ(request->namespaces(2).kind(), pb::Namespace::ROOMS);
  EXPECT_FALSE(request->namespaces(2).exclusive());
}

TEST(ParseRegistrationTest, TakesTodaysRegistration) {
  const absl::StatusOr<pb::RegisterRequest> request = ParseRegistration(R"({
    "id": "irc", "url": null, "as_token": "T_a", "hs_token": "T_h",
    "sender_localpart": "ircbot", "rate_limited": false,
    "receive_ephemeral": true, "protocols": ["irc", "xmpp"],
    "namespaces": {"users": [{"exclusive": true, "regex": "@a"},
                             {"exclusive": false, "regex": "@b"},
                             {"regex": "@c"}]}})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->dialect(), pb::V1);
  EXPECT_EQ(request->id(), "irc");
  EXPECT_EQ(request->url(), "");
  EXPECT_EQ(request->hs_token(), "T_h");
  EXPECT_EQ(request->sender_localpart(), "ircbot");
  EXPECT_FALSE(request->rate_limited());
  EXPECT_TRUE(request->receive_ephemeral());
  EXPECT_EQ(request->protocols_size(), 2);
  ASSERT_EQ(request->namespaces_size(), 3);
  EXPECT_TRUE(request->namespaces(0).exclusive());
  EXPECT_FALSE(request->namespaces(1).exclusive());
  EXPECT_FALSE(request->namespaces(2).exclusive());
}

struct BadCase {
  std::string name;
  std::string body;
  std::string errcode;
  std::string culprit;
};

class BadRegistrationTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadRegistrationTest, NamesTheCulprit) {
  const absl::Status status = ParseRegistration(GetParam().body).status();
  EXPECT_EQ(GetErrcode(status), GetParam().errcode);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().culprit));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRegistrationTest,
    testing::ValuesIn<BadCase>({
        {"Empty", "", "M_NOT_JSON", ""},
        {"NotJson", "{", "M_NOT_JSON", ""},
        {"NotUtf8", "{\"as_token\": \"\xff\"}", "M_NOT_JSON", ""},
        {"NotAnObject", "[]", "M_BAD_JSON", ""},
        {"NoToken", R"({"url": "http://a"})", "M_MISSING_TOKEN", ""},
        {"EmptyToken", R"({"as_token": "", "url": "http://a"})",
         "M_MISSING_TOKEN", ""},
        {"TokenNotAString", R"({"as_token": 1})", "M_BAD_JSON", "as_token"},
        {"NoUrl", R"({"as_token": "T"})", "M_MISSING_PARAM", "url"},
        {"UrlNotAString", R"({"as_token": "T", "url": 1})", "M_BAD_JSON",
         "url"},
        {"IdNotAString", R"({"as_token": "T", "id": {}})", "M_BAD_JSON", "id"},
        {"NamespacesNotAnObject",
         R"({"as_token": "T", "url": "http://a", "namespaces": []})",
         "M_BAD_JSON", "namespaces"},
        {"UsersNotAnArray",
         R"({"as_token": "T", "url": "http://a", "namespaces": {"users": 1}})",
         "M_BAD_JSON", "users"},
        {"NamespaceOfWrongType",
         R"({"as_token": "T", "url": "http://a",
             "namespaces": {"aliases": ["#a", 2]}})",
         "M_BAD_JSON", "namespaces.aliases[1]"},
        {"NamespaceWithoutRegex",
         R"({"as_token": "T", "url": "http://a",
             "namespaces": {"rooms": [{"exclusive": true}]}})",
         "M_BAD_JSON", "namespaces.rooms[0]"},
        {"ExclusiveNotABool",
         R"({"as_token": "T", "url": "http://a",
             "namespaces": {"users": [{"exclusive": 1, "regex": "@a"}]}})",
         "M_BAD_JSON", "exclusive"},
        {"ProtocolNotAString",
         R"({"as_token": "T", "url": "http://a", "protocols": [1]})",
         "M_BAD_JSON", "protocols[0]"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(ParseUnregistrationTest, TakesTheToken) {
  const absl::StatusOr<pb::UnregisterRequest> request =
      ParseUnregistration(R"({"as_token": "T_a"})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->as_token(), "T_a");
  EXPECT_EQ(GetErrcode(ParseUnregistration("{}").status()), "M_MISSING_TOKEN");
}

TEST(RegistrationAnswerTest, HasTheToken) {
  pb::RegisterResponse response;
  response.set_hs_token("T\"h");
  EXPECT_EQ(RegistrationAnswer(response), R"({"hs_token":"T\"h"})");
}

}  // namespace
}  // namespace causeway::gateway
