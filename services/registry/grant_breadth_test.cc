#include "services/registry/grant_breadth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"

namespace causeway::registry {
namespace {

using enum namespaces::NamespaceKind;
using namespaces::NamespaceKind;
using namespaces::NamespacePattern;

const matrix::ServerName& Server() {
  static const auto* const kName =
      new matrix::ServerName(matrix::ServerName::Parse("hs.test").value());
  return *kName;
}

struct BreadthCase {
  const char* name;
  NamespaceKind kind;
  const char* regex;
  bool is_broad;
};

class BreadthTest : public ::testing::TestWithParam<BreadthCase> {};

TEST_P(BreadthTest, IsFoundWithAnIdThatShowsIt) {
  const NamespacePattern pattern =
      NamespacePattern::Compile(GetParam().regex).value();
  const auto witness = FindBroadness(GetParam().kind, pattern, Server());
  ASSERT_EQ(witness.has_value(), GetParam().is_broad);
  if (witness.has_value()) {
    EXPECT_TRUE(pattern.Matches(*witness));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, BreadthTest,
    ::testing::Values(
        BreadthCase{"Everything", kUsers, ".*", true},
        BreadthCase{"AllUsers", kUsers, "@.*", true},
        BreadthCase{"AllOfTheServer", kUsers, "@[^:]*:hs\\.test$", true},
        BreadthCase{"OneLetter", kUsers, "@q.*", true},
        BreadthCase{"AllButGhosts", kUsers, "@[^_].*", true},
        BreadthCase{"AllAliases", kAliases, "#.*", true},
        BreadthCase{"AllRooms", kRooms, "!.*", true},
        BreadthCase{"RoomsOfOneLetter", kRooms, "!Q.*", true},
        BreadthCase{"Network", kUsers, "@irc_.*", false},
        BreadthCase{"Underscore", kUsers, "@_.*", false},
        BreadthCase{"Suffix", kUsers, "@.*_irc:", false},
        BreadthCase{"OtherServer", kUsers, "@.*:x\\.test$", false},
        BreadthCase{"OtherKind", kUsers, "#.*", false},
        BreadthCase{"MirroredRooms", kRooms, "!irc_.*", false}),
    [](const auto& info) { return info.param.name; });

TEST(ProbeIdsTest, AreTheSameEachTimeAndBeginWithEveryLetter) {
  const std::vector<std::string> ids = ProbeIds(kUsers, Server());
  EXPECT_EQ(ids, ProbeIds(kUsers, Server()));
  std::set<char> first;
  for (const std::string& id : ids) {
    EXPECT_TRUE(matrix::UserId::Parse(id).ok()) << id;
    first.insert(id[1]);
  }
  EXPECT_EQ(first.size(), 36u);
}

}  // namespace
}  // namespace causeway::registry
