#include "services/shared/namespaces/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"

namespace causeway::namespaces {
namespace {

using testing::ElementsAreArray;
using enum NamespaceKind;
using enum LintCode;

constexpr absl::string_view kServer = "hs.test";

std::vector<LintFinding> LintOf(NamespaceKind kind, absl::string_view regex) {
  Algebra algebra(kServer);
  return Lint(kind, regex, kServer, algebra).value();
}

LintFinding Find(NamespaceKind kind, absl::string_view regex, LintCode code) {
  for (const LintFinding& finding : LintOf(kind, regex)) {
    if (finding.code == code) return finding;
  }
  ADD_FAILURE() << LintCodeName(code) << " not found in " << regex;
  return {};
}

struct LintCase {
  std::string name;
  NamespaceKind kind;
  std::string regex;
  std::vector<LintCode> codes;
};

class LintTest : public testing::TestWithParam<LintCase> {};

TEST_P(LintTest, FindsWhatLooksWrong) {
  std::vector<LintCode> codes;
  for (const LintFinding& finding : LintOf(GetParam().kind, GetParam().regex)) {
    codes.push_back(finding.code);
    EXPECT_FALSE(finding.text.empty());
    if (!finding.suggestion.empty()) {
      EXPECT_TRUE(NamespacePattern::Compile(finding.suggestion).ok())
          << finding.suggestion;
    }
    if (!finding.witness.empty() && finding.code != kAnchoring) {
      EXPECT_TRUE(
          NamespacePattern::Compile(GetParam().regex)->Matches(finding.witness))
          << finding.witness;
    }
  }
  EXPECT_THAT(codes, ElementsAreArray(GetParam().codes));
}

INSTANTIATE_TEST_SUITE_P(
    All, LintTest,
    testing::ValuesIn<LintCase>({
        {"Good", kUsers, "@_irc_.*:hs\\.test$", {}},
        {"GoodRooms", kRooms, "!irc_.*", {}},
        {"GoodAliases", kAliases, "#_irc_[^:]+:hs\\.test$", {}},
        {"OwnUser", kUsers, "@ircbot:hs\\.test$", {}},
        {"OtherServersUsers", kUsers, "@_irc_.*:other\\.org$", {}},
        {"Everything", kRooms, ".*", {kMatchesEverything, kLeadingWildcard}},
        {"AllUsers",
         kUsers,
         "@.*:hs\\.test$",
         {kMatchesEverything, kLeadingWildcard}},
        {"NoServer", kUsers, "@_irc_.*", {kNoServerPart}},
        {"OpenServer", kUsers, "@_irc_.*:hs\\.test", {kOpenServerPart}},
        {"Dot", kUsers, "@_irc_.*:hs.test$", {kNoServerPart, kUnescapedDot}},
        {"DotInLocalpart",
         kUsers,
         "@_irc.example_[a-z]+:hs\\.test$",
         {kUnescapedDot}},
        {"DotAtTheEdge", kUsers, "@_irc_.-a.+:hs\\.test$", {}},
        {"NoUnderscore", kUsers, "@irc_.*:hs\\.test$", {kNoUnderscore}},
        {"NoSigil", kUsers, "irc_.*", {kMatchesNothing, kAnchoring}},
        {"OtherSigil", kUsers, "#_irc_.*", {kMatchesNothing}},
        {"WildSigil",
         kUsers,
         "._irc_.*:hs\\.test$",
         {kAnchoring, kLeadingWildcard}},
        {"PinnedSigil", kUsers, "^._irc_.*:hs\\.test$", {kLeadingWildcard}},
        {"LeadingWildcard",
         kUsers,
         "@.*_bot:hs\\.test$",
         {kNoUnderscore, kLeadingWildcard}},
    }),
    [](const auto& info) { return info.param.name; });

TEST(LintTest, Suggests) {
  EXPECT_EQ(Find(kUsers, "@_irc_.*", kNoServerPart).suggestion,
            "@_irc_.*:hs\\.test$");
  EXPECT_EQ(Find(kUsers, "@_irc_.*$", kNoServerPart).suggestion,
            "@_irc_.*:hs\\.test$");
  EXPECT_EQ(Find(kUsers, "@_irc_[a-z]+", kNoServerPart).suggestion,
            "@_irc_[a-z]+.*:hs\\.test$");
  EXPECT_EQ(Find(kUsers, "@_irc_|@_irc2_", kNoServerPart).suggestion,
            "(@_irc_|@_irc2_).*:hs\\.test$");
  EXPECT_EQ(Find(kUsers, "@_irc_.*:hs\\.test", kOpenServerPart).suggestion,
            "@_irc_.*:hs\\.test$");
  EXPECT_EQ(Find(kUsers, "@irc_.*", kNoUnderscore).suggestion, "@_irc_.*");
  EXPECT_EQ(Find(kUsers, "irc_.*", kMatchesNothing).suggestion, "@irc_.*");
  EXPECT_EQ(Find(kUsers, "(?i)irc_.*", kMatchesNothing).suggestion,
            "(?i)@irc_.*");
  EXPECT_EQ(Find(kUsers, "._irc_.*", kAnchoring).suggestion, "^._irc_.*");
  const LintFinding dot = Find(kUsers, "@irc.freenode.net/.*", kUnescapedDot);
  EXPECT_EQ(dot.suggestion, "@irc\\.freenode\\.net/.*");
  EXPECT_EQ(dot.offset, 4u);
}

TEST(LintTest, ShowsAnId) {
  EXPECT_EQ(Find(kUsers, "@_irc_.*", kNoServerPart).witness, "@_irc_:a");
  EXPECT_EQ(Find(kUsers, "@_irc_.*:hs\\.test", kOpenServerPart).witness,
            "@_irc_:hs.testa");
  EXPECT_EQ(Find(kUsers, "irc_.*", kAnchoring).witness, "@irc_:hs.test");
  EXPECT_EQ(Find(kUsers, "@irc_.*", kNoUnderscore).witness, "@irc_:hs.test");
}

// Goal: advice is not worth what an answer is. Method: one that takes too long.
TEST(LintTest, WhatIsUndecidedIsNotFound) {
  Algebra algebra(kServer, /*steps_max=*/1);
  EXPECT_EQ(Lint(kUsers, "@irc_.*", kServer, algebra)->size(), 0u);
}

TEST(LintTest, BadRegexIsRefused) {
  Algebra algebra(kServer);
  EXPECT_FALSE(Lint(kUsers, "(", kServer, algebra).ok());
}

}  // namespace
}  // namespace causeway::namespaces
