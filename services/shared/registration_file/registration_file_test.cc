#include "services/shared/registration_file/registration_file.h"

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/registration_file/registration_fields.h"

namespace causeway::registration_file {
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
    - regex: '@shared_.*'
  aliases:
    - exclusive: false
      regex: '#irc_.*'
  rooms:
    - '!plain.*'
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
  ASSERT_EQ(file->users.size(), 3u);
  EXPECT_EQ(file->users[0].regex, "@irc_.*");
  EXPECT_TRUE(file->users[0].exclusive);
  EXPECT_TRUE(file->users[1].exclusive);
  EXPECT_FALSE(file->users[2].exclusive);
  ASSERT_EQ(file->aliases.size(), 1u);
  EXPECT_FALSE(file->aliases[0].exclusive);
  ASSERT_EQ(file->rooms.size(), 1u);
  EXPECT_FALSE(file->rooms[0].exclusive);
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
        BadCase{"LongAsToken",
                absl::StrCat("id: a\nas_token: ", std::string(1025, 's')),
                "line 2: field `as_token`: has more than 1024 bytes"},
        BadCase{"HsTokenForNoHeader",
                "id: a\nas_token: a-secret\nhs_token: \"h secret\"\n",
                "line 3: field `hs_token`: holds a character"},
        BadCase{"LongProtocol",
                absl::StrCat(kTokens, "protocols: [irc, ",
                             std::string(256, 'x'), "]\n"),
                "line 5: field `protocols[1]`: has more than 255 bytes"},
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

TEST(RegistrationFileTest, WhatIsNotOfTheSpecificationIsKept) {
  const auto file = ParseRegistrationFile(
      "id: irc\nas_token: a\nhs_token: h\nsender_localpart: bot\n"
      "de.sorunome.msc2409.push_ephemeral: true\n"
      "org.example: {list: [1, \"1\", null, \"true\"], text: |\n"
      "    }\n");
  EXPECT_FALSE(file.ok());  // No YAML.
  const auto kept = ParseRegistrationFile(
      "id: irc\nas_token: a\nhs_token: h\nsender_localpart: bot\n"
      "de.sorunome.msc2409.push_ephemeral: true\n"
      "org.example: {list: [1, \"1\", ~, \"true\"], text: \"a\\nb\"}\n");
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->extra_fields_yaml,
            "de.sorunome.msc2409.push_ephemeral: true\n"
            "org.example:\n"
            "  list:\n"
            "    - 1\n"
            "    - \"1\"\n"
            "    - ~\n"
            "    - \"true\"\n"
            "  text: \"a\\nb\"\n");
  EXPECT_TRUE(kept->receive_ephemeral);
}

TEST(RegistrationFileTest, TooMuchOfItIsRefusedByName) {
  const auto file = ParseRegistrationFile(absl::StrCat(
      "id: irc\nas_token: a\nhs_token: h\nsender_localpart: bot\nmine: ",
      std::string(kExtraFieldsBytesMax, 'x'), "\n"));
  EXPECT_THAT(std::string(file.status().message()),
              ::testing::AllOf(::testing::HasSubstr("field mine"),
                               ::testing::HasSubstr("65536")));
}

TEST(RegistrationFileTest, WhatIsFormattedIsParsedAlike) {
  RegistrationFile file;
  file.id = "1";
  file.url = "https://a.test/\"x\"";
  file.as_token = "true";
  file.hs_token = "0x10";
  file.sender_localpart = "~";
  file.users = {{"@\\w\"'.*", true}, {"@\xc3\xa4", false}};
  file.rooms = {{"!#", false}};
  file.rate_limited = false;
  file.receive_ephemeral = true;
  file.protocols = {"irc", "- x"};
  file.extra_fields_yaml = "mine:\n  - 1\n";
  for (const bool wants_traffic : {true, false}) {
    if (!wants_traffic) file.url = "";
    const std::string text = FormatRegistrationFile(file);
    const auto parsed = ParseRegistrationFile(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status() << text;
    EXPECT_EQ(FormatRegistrationFile(*parsed), text);
    EXPECT_EQ(parsed->id, file.id);
    EXPECT_EQ(parsed->url, file.url);
    EXPECT_EQ(parsed->as_token, file.as_token);
    EXPECT_EQ(parsed->hs_token, file.hs_token);
    EXPECT_EQ(parsed->sender_localpart, file.sender_localpart);
    EXPECT_EQ(parsed->users.at(0).regex, file.users[0].regex);
    EXPECT_EQ(parsed->users.at(1).regex, file.users[1].regex);
    EXPECT_EQ(parsed->protocols, file.protocols);
    EXPECT_EQ(parsed->extra_fields_yaml, file.extra_fields_yaml);
  }
}

}  // namespace
}  // namespace causeway::registration_file
