#include "services/ctl/registration_file.h"

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace causeway::ctl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kFile[] = R"(
id: irc
url: "http://127.0.0.1:9999"
as_token: "a-secret"
hs_token: "h-secret"
sender_localpart: ircbot
rate_limited: false
protocols: [irc]
receive_ephemeral: true
org.example.unknown: {kept: yes}
namespaces:
  users:
    - {exclusive: true, regex: '@irc_.*'}
    - '@plain_.*'
  aliases:
    - exclusive: false
      regex: '#irc_.*'
)";

TEST(RegistrationFileTest, ReadsTodaysFile) {
  auto file = ParseRegistrationFile(kFile);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->id, "irc");
  EXPECT_EQ(file->url, "http://127.0.0.1:9999");
  EXPECT_EQ(file->as_token, "a-secret");
  EXPECT_EQ(file->hs_token, "h-secret");
  EXPECT_EQ(file->sender_localpart, "ircbot");
  EXPECT_FALSE(file->rate_limited);
  EXPECT_TRUE(file->receive_ephemeral);
  EXPECT_THAT(file->protocols, ElementsAre("irc"));
  ASSERT_EQ(file->users.size(), 2u);
  EXPECT_EQ(file->users[0].regex, "@irc_.*");
  EXPECT_TRUE(file->users[0].exclusive);
  EXPECT_FALSE(file->users[1].exclusive);
  ASSERT_EQ(file->aliases.size(), 1u);
  EXPECT_TRUE(file->rooms.empty());
}

TEST(RegistrationFileTest, NullUrlMeansNoTraffic) {
  auto file = ParseRegistrationFile(
      "{id: a, url: null, as_token: b, hs_token: c, sender_localpart: d}");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->url, "");
  EXPECT_TRUE(file->rate_limited);
}

TEST(RegistrationFileTest, TakesTheUnstableNameOfReceiveEphemeral) {
  auto file = ParseRegistrationFile(
      "{id: a, as_token: b, hs_token: c, sender_localpart: d,"
      " de.sorunome.msc2409.push_ephemeral: true}");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->receive_ephemeral);
}

struct BadCase {
  const char* name;
  std::string yaml;
  const char* message;
};

class BadRegistrationFileTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadRegistrationFileTest, NamesLineAndField) {
  auto file = ParseRegistrationFile(GetParam().yaml);
  ASSERT_FALSE(file.ok());
  EXPECT_TRUE(absl::IsInvalidArgument(file.status()));
  EXPECT_THAT(std::string(file.status().message()),
              AllOf(HasSubstr(GetParam().message), Not(HasSubstr("secret"))));
}

constexpr char kTokens[] =
    "id: a\nas_token: a-secret\nhs_token: h-secret\nsender_localpart: s\n";

INSTANTIATE_TEST_SUITE_P(
    All, BadRegistrationFileTest,
    ::testing::Values(
        BadCase{"Empty", "", "not a map"}, BadCase{"List", "[1]", "not a map"},
        BadCase{"Syntax", "id: [", "line "},
        BadCase{"NoToken", "id: a\nhs_token: h-secret\n",
                "field as_token: is missing"},
        BadCase{"TokenIsAList", "id: a\nas_token: [a-secret]\n",
                "line 2: field as_token: is not a string"},
        BadCase{"Namespaces", absl::StrCat(kTokens, "namespaces: [x]\n"),
                "line 5: field namespaces: is not a map"},
        BadCase{"Users", absl::StrCat(kTokens, "namespaces: {users: x}\n"),
                "line 5: field namespaces.users: is not a list"},
        BadCase{"Regex",
                absl::StrCat(kTokens,
                             "namespaces:\n  users:\n    - exclusive: true\n"),
                "line 7: field namespaces.users[0].regex: is not a string"},
        BadCase{"Exclusive",
                absl::StrCat(kTokens,
                             "namespaces:\n  users:\n    - regex: a\n"
                             "      exclusive: perhaps\n"),
                "line 8: field exclusive: is neither true nor false"},
        BadCase{"Large", std::string(kRegistrationFileBytesMax + 1, ' '),
                "at most 1048576"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace causeway::ctl
