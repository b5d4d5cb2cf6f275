#include "services/shared/namespaces/id_grammar.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"

namespace causeway::namespaces {
namespace {

bool Matches(absl::string_view regex, absl::string_view id) {
  return NamespacePattern::Compile(regex).value().Matches(id);
}

bool IsId(NamespaceKind kind, absl::string_view text) {
  switch (kind) {
    case NamespaceKind::kUsers:
      return matrix::UserId::Parse(text).ok();
    case NamespaceKind::kAliases:
      return matrix::RoomAlias::Parse(text).ok();
    case NamespaceKind::kRooms:
      return matrix::RoomId::Parse(text).ok();
  }
  return false;
}

class IdGrammarTest : public testing::TestWithParam<NamespaceKind> {};

// Goal: the widest scope is what the types of IDs take. Method: random texts of
// the pieces that their parsers look at.
TEST_P(IdGrammarTest, AnyAgreesWithTheParsers) {
  const NamespacePattern ids =
      NamespacePattern::Compile(IdRegex(GetParam(), IdScope::kAny, "hs.test"))
          .value();
  const std::vector<std::string> pieces = {
      "a",         ":",      "hs.test",  ":hs.test",
      "8448",      "65535",  "65536",    ":1",
      "00080",     "599999", "[::1]",    "[:",
      "]",         "[",      "-",        "_",
      "\t",        "\x7f",   " ",        "@",
      "#",         "!",      "\xc2\x80", "\xc2\x9f",
      "\xc2\xa0",  "Z",      "/",        "\xe2\x82\xac",
      "[1.2.3.4]", ":65535", ":65536",   ":6",
      ":0000001"};
  std::mt19937 random(20150205);
  int id_count = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text(1, SigilOf(GetParam()));
    const int piece_count = static_cast<int>(random() % 5);
    for (int j = 0; j < piece_count; ++j) {
      text += pieces[random() % pieces.size()];
    }
    const bool is_id = IsId(GetParam(), text);
    id_count += is_id ? 1 : 0;
    ASSERT_EQ(ids.Matches(text), is_id) << text;
  }
  EXPECT_GT(id_count, 1000);
}

INSTANTIATE_TEST_SUITE_P(All, IdGrammarTest,
                         testing::Values(NamespaceKind::kUsers,
                                         NamespaceKind::kAliases,
                                         NamespaceKind::kRooms),
                         [](const auto& info) {
                           return std::string(FieldName(info.param));
                         });

TEST(IdGrammarTest, ScopesAreWithinEachOther) {
  const std::string own =
      IdRegex(NamespaceKind::kUsers, IdScope::kOwn, "hs.test");
  EXPECT_TRUE(Matches(own, "@Bob\xc3\xa9:hs.test"));
  EXPECT_FALSE(Matches(own, "@bob:hs.test2"));
  EXPECT_FALSE(Matches(own, "@bob:hsxtest"));
  const std::string plain =
      IdRegex(NamespaceKind::kUsers, IdScope::kOwnPlain, "hs.test");
  EXPECT_TRUE(Matches(plain, "@a.b_c=d-e/f+9:hs.test"));
  EXPECT_FALSE(Matches(plain, "@Bob:hs.test"));
  EXPECT_FALSE(Matches(plain, "@bob:other"));
  EXPECT_TRUE(
      Matches(IdRegex(NamespaceKind::kRooms, IdScope::kOwnPlain, "[::1]:8448"),
              "!Xyz:[::1]:8448"));
}

TEST(IdGrammarTest, LiteralMatchesItselfOnly) {
  std::string text = "aZ9\xc3\xa9";
  for (char c = ' '; c < 0x7f; ++c) text.push_back(c);
  EXPECT_TRUE(Matches(absl::StrCat(LiteralRegex(text), "$"), text));
  EXPECT_FALSE(Matches(LiteralRegex("a.b"), "axb"));
}

}  // namespace
}  // namespace causeway::namespaces
