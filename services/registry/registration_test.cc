#include "services/registry/registration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/registry/grant.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/status/errcode.h"

namespace causeway::registry {
namespace {

using namespaces::NamespaceKind;
using ::testing::HasSubstr;

absl::StatusOr<Registration> Parse(Registration claimed) {
  Grant grant;
  grant.name = "grant_name";
  grant.sender_localpart = "grant_bot";
  return ParseRegistration(std::move(claimed), grant,
                           matrix::ServerName::Parse("hs.test").value());
}

Registration IrcBridge() {
  Registration registration;
  registration.id = "irc";
  registration.url = "https://a.test/matrix/";
  registration.sender_localpart = "irc_bot";
  registration.namespaces = {
      {NamespaceKind::kUsers, R"(@irc\.freenode\.net/.*)", true}};
  return registration;
}

TEST(RegistrationTest, TakesABridgeAsItIs) {
  absl::StatusOr<Registration> parsed = Parse(IrcBridge());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, IrcBridge());
}

// Source: the draft's POST /register, which has neither.
TEST(RegistrationTest, DraftTakesIdAndSenderFromTheGrant) {
  Registration claimed = IrcBridge();
  claimed.id = "";
  claimed.sender_localpart = "";
  absl::StatusOr<Registration> parsed = Parse(claimed);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->id, "grant_name");
  EXPECT_EQ(parsed->sender_localpart, "grant_bot");
}

TEST(RegistrationTest, EmptyUrlWantsNoTraffic) {
  Registration claimed = IrcBridge();
  claimed.url = "";
  EXPECT_TRUE(Parse(claimed).ok());
}

struct BadRegistration {
  const char* name;
  std::function<void(Registration&)> spoil;
  const char* field;
  const char* why;
};

class BadRegistrationTest : public ::testing::TestWithParam<BadRegistration> {};

TEST_P(BadRegistrationTest, IsRefusedWithTheField) {
  Registration claimed = IrcBridge();
  GetParam().spoil(claimed);
  absl::Status status = Parse(claimed).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(status.message(), HasSubstr(GetParam().field));
  EXPECT_THAT(status.message(), HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRegistrationTest,
    ::testing::Values(
        BadRegistration{"LongId",
                        [](Registration& r) { r.id.assign(256, 'x'); }, "`id`",
                        "255"},
        BadRegistration{"IdWithControlCharacter",
                        [](Registration& r) { r.id = "a\nb"; }, "`id`",
                        "control character"},
        BadRegistration{"IdNotUtf8", [](Registration& r) { r.id = "\xff"; },
                        "`id`", "UTF-8"},
        BadRegistration{"BadUrl", [](Registration& r) { r.url = "a.test"; },
                        "`url`", "http://"},
        BadRegistration{
            "SenderIsAWholeId",
            [](Registration& r) { r.sender_localpart = std::string(250, 'x'); },
            "sender_localpart", "255"},
        BadRegistration{
            "BadRegex",
            [](Registration& r) {
              r.namespaces.push_back({NamespaceKind::kRooms, "!x", true});
              r.namespaces.push_back({NamespaceKind::kUsers, "@irc_(", true});
            },
            "`namespaces.users[1]`", "@irc_("},
        BadRegistration{"EmptyRegex",
                        [](Registration& r) { r.namespaces[0].regex = ""; },
                        "`namespaces.users[0]`", "empty"},
        BadRegistration{
            "LongRegex",
            [](Registration& r) { r.namespaces[0].regex.assign(1025, 'x'); },
            "`namespaces.users[0]`", "1024"},
        BadRegistration{"RegexTooCostly",
                        [](Registration& r) {
                          r.namespaces[0].regex = "@((a{100}){100}){100}";
                        },
                        "`namespaces.users[0]`", "@((a{100})"},
        BadRegistration{"RegexWithNul",
                        [](Registration& r) {
                          r.namespaces[0].regex = std::string("@a\0b", 4);
                        },
                        "`namespaces.users[0]`", "U+0000"},
        BadRegistration{
            "TooManyNamespaces",
            [](Registration& r) {
              r.namespaces.assign(1001, {NamespaceKind::kUsers, "@x", false});
            },
            "namespaces", "1000"},
        BadRegistration{"TooManyProtocols",
                        [](Registration& r) { r.protocols.assign(101, "irc"); },
                        "protocols", "100"},
        BadRegistration{"LongProtocol",
                        [](Registration& r) {
                          r.protocols = {"irc", std::string(256, 'x')};
                        },
                        "protocols[1]", "255"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace causeway::registry
