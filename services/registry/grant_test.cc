#include "services/registry/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/status/errcode.h"

namespace causeway::registry {
namespace {

using namespaces::NamespaceKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Grant IrcGrant() {
  Grant grant;
  grant.name = "irc";
  grant.as_token_sha256 = std::string(32, 'h');
  grant.ceilings.users = {"@irc_.*"};
  return grant;
}

absl::StatusOr<Grant> Parse(Grant grant) {
  return ParseGrant(std::move(grant),
                    matrix::ServerName::Parse("hs.test").value());
}

struct BadGrant {
  const char* name;
  std::function<void(Grant&)> spoil;
  const char* field;
  const char* why;
};

class BadGrantTest : public ::testing::TestWithParam<BadGrant> {};

TEST_P(BadGrantTest, IsRefusedWithTheField) {
  Grant grant = IrcGrant();
  GetParam().spoil(grant);
  absl::Status status = Parse(grant).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(status.message(), HasSubstr(GetParam().field));
  EXPECT_THAT(status.message(), HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadGrantTest,
    ::testing::Values(
        BadGrant{"NoName", [](Grant& g) { g.name = ""; }, "name", "1 to 128"},
        BadGrant{"LongName", [](Grant& g) { g.name.assign(129, 'x'); }, "name",
                 "1 to 128"},
        BadGrant{"NameWithSlash", [](Grant& g) { g.name = "a/b"; }, "name",
                 "A-Z"},
        BadGrant{"NameWithNul",
                 [](Grant& g) { g.name = std::string("a\0b", 3); }, "name",
                 "A-Z"},
        BadGrant{"ShortHash", [](Grant& g) { g.as_token_sha256 = "T_a"; },
                 "as_token_sha256", "32 bytes"},
        BadGrant{"NothingAllowed", [](Grant& g) { g.ceilings = {}; },
                 "ceilings", "empty"},
        BadGrant{"BadRegex",
                 [](Grant& g) {
                   g.ceilings.rooms = {"!x_", "!("};
                 },
                 "ceilings.rooms[1]", "!("},
        BadGrant{"RegexWithNul",
                 [](Grant& g) { g.ceilings.users = {std::string(1, '\0')}; },
                 "ceilings.users[0]", "U+0000"},
        BadGrant{"TooMany",
                 [](Grant& g) { g.ceilings.aliases.assign(101, "#x"); },
                 "ceilings.aliases", "100"},
        BadGrant{"BroadCeiling",
                 [](Grant& g) {
                   g.ceilings.users = {"@irc_.*", "@.*"};
                 },
                 "ceilings.users[1]", "allow_broad"},
        BadGrant{"BroadSharedCeiling",
                 [](Grant& g) { g.ceilings.shared_rooms = {"!.*"}; },
                 "ceilings.shared_rooms[0]", ":hs.test"},
        BadGrant{"BadSender",
                 [](Grant& g) { g.sender_localpart.assign(250, 'x'); },
                 "sender_localpart", "255"},
        BadGrant{"BadPrefix", [](Grant& g) { g.url_prefix = "a.test"; },
                 "url_prefix", "http://"}),
    [](const auto& info) { return info.param.name; });

TEST(GrantTest, TakesWhatIsWithinBounds) {
  Grant grant = IrcGrant();
  grant.name = std::string(128, 'A');
  grant.url_prefix = "https://a.test/";
  grant.ceilings.rooms.assign(100, "!x_");
  EXPECT_TRUE(Parse(grant).ok());
}

TEST(GrantTest, BroadCeilingsNeedToBeMeant) {
  Grant grant = IrcGrant();
  grant.ceilings.users = {".*"};
  grant.allow_broad = true;
  EXPECT_TRUE(Parse(grant).ok());
}

TEST(GrantTest, SharedCeilingsAreForWhatIsNotExclusive) {
  const Ceilings ceilings = {.users = {"@a"}, .shared_users = {"@b"}};
  EXPECT_THAT(ceilings.For(NamespaceKind::kUsers, /*exclusive=*/true),
              ElementsAre("@a"));
  EXPECT_THAT(ceilings.For(NamespaceKind::kUsers, /*exclusive=*/false),
              ElementsAre("@a", "@b"));
}

TEST(GrantTest, SenderIsCalledAsTheGrantUnlessSaid) {
  EXPECT_EQ(Parse(IrcGrant())->sender_localpart, "irc");
  Grant grant = IrcGrant();
  grant.sender_localpart = "bot";
  EXPECT_EQ(Parse(grant)->sender_localpart, "bot");
}

TEST(GrantTest, CeilingsAreByKind) {
  Ceilings ceilings = {.users = {"@u"}, .aliases = {"#a"}, .rooms = {}};
  EXPECT_THAT(ceilings.OfKind(NamespaceKind::kUsers), ElementsAre("@u"));
  EXPECT_THAT(ceilings.OfKind(NamespaceKind::kAliases), ElementsAre("#a"));
  EXPECT_THAT(ceilings.OfKind(NamespaceKind::kRooms), IsEmpty());
}

TEST(GrantTest, SameWhateverItsAge) {
  Grant a = IrcGrant();
  Grant b = IrcGrant();
  b.create_time = a.create_time + absl::Hours(1);
  b.allow_broad = true;
  EXPECT_TRUE(AllowSame(a, b));
  for (void (*change)(Grant&) : {
           +[](Grant& g) { g.ceilings.rooms = {"!x"}; },
           +[](Grant& g) { g.ceilings.shared_rooms = {"!x"}; },
           +[](Grant& g) { g.private_networks_allowed = false; },
           +[](Grant& g) { g.expire_time = absl::UnixEpoch(); },
       }) {
    Grant c = a;
    change(c);
    EXPECT_FALSE(AllowSame(a, c));
  }
}

}  // namespace
}  // namespace causeway::registry
