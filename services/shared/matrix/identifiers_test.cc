#include "services/shared/matrix/identifiers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/status/errcode.h"

namespace causeway::matrix {
namespace {

using testing::HasSubstr;

struct GoodId {
  std::string name;
  std::string text;
  std::string localpart;
  std::string server_name;
};

struct BadId {
  std::string name;
  std::string text;
  std::string message;  // A part of it.
};

template <typename Id>
void ExpectParses(const GoodId& good) {
  absl::StatusOr<Id> id = Id::Parse(good.text);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->str(), good.text);
  EXPECT_EQ(id->localpart(), good.localpart);
  EXPECT_EQ(id->server_name(), good.server_name);
}

template <typename Id>
void ExpectRefused(const BadId& bad) {
  absl::Status status = Id::Parse(bad.text, "the_field").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(std::string(status.message()), HasSubstr("the_field"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
}

class GoodUserIdTest : public testing::TestWithParam<GoodId> {};
TEST_P(GoodUserIdTest, Parses) { ExpectParses<UserId>(GetParam()); }
INSTANTIATE_TEST_SUITE_P(
    All, GoodUserIdTest,
    testing::ValuesIn<GoodId>({
        {"Plain", "@alice:hsdomain.com", "alice", "hsdomain.com"},
        {"Draft", "@irc.freenode.net/Bob:hsdomain.com", "irc.freenode.net/Bob",
         "hsdomain.com"},
        {"Port", "@a:localhost:8448", "a", "localhost:8448"},
        {"Ipv6", "@a:[2001:db8::1]:8448", "a", "[2001:db8::1]:8448"},
        {"Ipv4", "@a:1.2.3.4", "a", "1.2.3.4"},
        {"Spaces", "@a b:d", "a b", "d"},
        {"Unicode", "@\xc3\xa9:d", "\xc3\xa9", "d"},
        {"Longest", absl::StrCat("@", std::string(252, 'a'), ":d"),
         std::string(252, 'a'), "d"},
    }),
    [](const auto& info) { return info.param.name; });

class BadUserIdTest : public testing::TestWithParam<BadId> {};
TEST_P(BadUserIdTest, IsRefused) { ExpectRefused<UserId>(GetParam()); }
INSTANTIATE_TEST_SUITE_P(
    All, BadUserIdTest,
    testing::ValuesIn<BadId>({
        {"Empty", "", "does not begin with `@`"},
        {"NoSigil", "alice:d", "does not begin with `@`"},
        {"OtherSigil", "#alice:d", "does not begin with `@`"},
        {"NoServer", "@alice", "has no `:` and server name"},
        {"EmptyServer", "@alice:", "no valid server name"},
        {"EmptyLocalpart", "@:d", "has no localpart"},
        {"BadServer", "@a:exa mple", "no valid server name"},
        {"SlashInServer", "@a:b/c", "no valid server name"},
        {"BadPort", "@a:b:x", "no valid server name"},
        {"PortTooLarge", "@a:b:65536", "no valid server name"},
        {"UnclosedIpv6", "@a:[::1", "no valid server name"},
        {"TooLong", absl::StrCat("@", std::string(253, 'a'), ":d"),
         "has 256 bytes, more than 255"},
        {"Nul", std::string("@a\0b:d", 6), "holds a control character"},
        {"Newline", "@a\nb:d", "holds a control character"},
        {"C1Control", "@a\xc2\x85:d", "holds a control character"},
        {"NotUtf8", "@a\xff:d", "is not UTF-8"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(RoomAliasTest, DraftAliasParses) {
  ExpectParses<RoomAlias>({"", "#irc.freenode.net/#matrix:hsdomain.com",
                           "irc.freenode.net/#matrix", "hsdomain.com"});
}

TEST(RoomAliasTest, NeedsServer) {
  ExpectRefused<RoomAlias>({"", "#matrix", "has no `:` and server name"});
}

TEST(RoomIdTest, DraftRoomIdParses) {
  ExpectParses<RoomId>({"", "!irc.freenode.net/#matrix:hsdomain.com",
                        "irc.freenode.net/#matrix", "hsdomain.com"});
}

TEST(RoomIdTest, MayLackServer) {
  ExpectParses<RoomId>({"", "!hashhash", "hashhash", ""});
  ExpectRefused<RoomId>({"", "!hashhash:", "no valid server name"});
}

TEST(EventIdTest, ParsesWithAndWithoutServer) {
  ExpectParses<EventId>({"", "$aGVsbG8_-", "aGVsbG8_-", ""});
  ExpectParses<EventId>({"", "$1:d", "1", "d"});
  ExpectRefused<EventId>({"", "$", "has no localpart"});
}

TEST(IdentifierTest, MessageNamesKindWhenThereIsNoField) {
  EXPECT_EQ(std::string(UserId::Parse("x").status().message()),
            "user ID \"x\": does not begin with `@`");
  EXPECT_EQ(std::string(RoomAlias::Parse("x", "room_alias").status().message()),
            "room_alias \"x\": does not begin with `#`");
}

TEST(IdentifierTest, MakeJoinsTheParts) {
  ServerName server = ServerName::Parse("hsdomain.com").value();
  EXPECT_EQ(UserId::Make("alice", server)->str(), "@alice:hsdomain.com");
  // Would be another user on another server.
  EXPECT_FALSE(UserId::Make("alice:evil.org", server).ok());
}

TEST(IdentifierTest, EqualTextIsEqual) {
  UserId a = UserId::Parse("@a:d").value();
  UserId b = UserId::Parse("@b:d").value();
  EXPECT_EQ(a, UserId::Parse("@a:d").value());
  EXPECT_NE(a, b);
  EXPECT_LT(a, b);
  absl::flat_hash_set<UserId> set = {a, b, a};
  EXPECT_EQ(set.size(), 2u);
}

TEST(ServerNameTest, RefusesWhatIsNoHost) {
  for (absl::string_view text :
       {"", "a b", "a:b:c", "[]", "[::1", "a_b", "http://a", "a/"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(ServerName::Parse(text).ok());
  }
  for (absl::string_view text :
       {"hsdomain.com", "localhost:8008", "[::1]", "[::1]:80", "10.0.0.1"}) {
    SCOPED_TRACE(text);
    EXPECT_TRUE(ServerName::Parse(text).ok());
  }
}

TEST(NewLocalpartTest, TakesTodaysGrammarOnly) {
  EXPECT_TRUE(ValidateNewLocalpart("alice.0_=-/+").ok());
  for (absl::string_view bad : {"", "Bob", "a b", "a:b", "\xc3\xa9", "a@b"}) {
    SCOPED_TRACE(bad);
    absl::Status status = ValidateNewLocalpart(bad);
    EXPECT_EQ(GetErrcode(status), "M_INVALID_USERNAME");
  }
  EXPECT_THAT(std::string(ValidateNewLocalpart("aliCe").message()),
              HasSubstr("byte 3 is \"C\""));
}

}  // namespace
}  // namespace causeway::matrix
