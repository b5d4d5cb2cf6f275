#include "services/shared/namespaces/overlap.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/namespace_pattern.h"

namespace causeway::namespaces {
namespace {

using Verdict = Overlap::Verdict;

bool Matches(absl::string_view regex, absl::string_view id) {
  return NamespacePattern::Compile(regex)->Matches(id);
}

struct OverlapCase {
  std::string name;
  std::string a;
  std::string b;
  Verdict verdict;
};

class OverlapTest : public testing::TestWithParam<OverlapCase> {};

// Goal: the verdict, either way round, and a witness that RE2 agrees with.
TEST_P(OverlapTest, IsDecided) {
  const auto& [name, a, b, verdict] = GetParam();
  for (bool is_swapped : {false, true}) {
    Overlap overlap =
        is_swapped ? FindOverlap(b, a).value() : FindOverlap(a, b).value();
    EXPECT_EQ(overlap.verdict, verdict);
    if (overlap.verdict == Verdict::kOverlaps) {
      EXPECT_TRUE(Matches(a, overlap.witness)) << overlap.witness;
      EXPECT_TRUE(Matches(b, overlap.witness)) << overlap.witness;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, OverlapTest,
    testing::ValuesIn<OverlapCase>({
        {"Equal", "@irc_.*", "@irc_.*", Verdict::kOverlaps},
        {"OneInTheOther", "@irc_.*", "@irc_bot:d$", Verdict::kOverlaps},
        {"CrossedWildcards", "@irc_.*", "@.*_bot:", Verdict::kOverlaps},
        {"OtherBeginning", "@irc_.*", "@xmpp_.*", Verdict::kDisjoint},
        {"ClassesApart", "@n[0-9]+:", "@n[a-z]+:", Verdict::kDisjoint},
        {"ClassesCross", "@n[0-9a]+:", "@n[a-z]+:", Verdict::kOverlaps},
        {"PrefixNeedsNoWildcard", "@irc", "@irc_bot", Verdict::kOverlaps},
        {"DollarEndsIt", "@irc$", "@irc_bot", Verdict::kDisjoint},
        {"OtherDomain", "@irc_.*:a\\.org$", "@irc_.*:b\\.org$",
         Verdict::kDisjoint},
        {"Lengths", "@(aa)+:", "@(aaa)+:", Verdict::kOverlaps},
        {"LengthsApart", "@(aa)+:", "@a(aa)*:", Verdict::kDisjoint},
        {"AnchorInside", "a^b", "a.*", Verdict::kDisjoint},
        {"AnchorsEverywhere", "^^@a($)$", "(^@a)", Verdict::kOverlaps},
        {"FoldedCase", "(?i)@irc", "@IRC", Verdict::kOverlaps},
        {"EmptyAlternative", "@(a|)b", "@b", Verdict::kOverlaps},
        {"Unicode", "@[^a-z]", "@\xc3\xa9", Verdict::kOverlaps},
        {"Intervals", "@a{3,5}:", "@a{5,9}:", Verdict::kOverlaps},
        {"IntervalsApart", "@a{3,4}:", "@a{5,9}:", Verdict::kDisjoint},
        {"TooManyStates", "@(a{100}){100}b", "@a*", Verdict::kUndecided},
    }),
    [](const auto& info) { return info.param.name; });

TEST(OverlapTest, WitnessIsShortestAndReadable) {
  EXPECT_EQ(FindOverlap("@irc_.*", "@.*_bot:")->witness, "@irc_bot:");
  EXPECT_EQ(FindOverlap("@irc_.+", ".*")->witness, "@irc_a");
}

TEST(OverlapTest, BadRegexIsRefused) {
  EXPECT_FALSE(FindOverlap("(", "a").ok());
  EXPECT_FALSE(FindOverlap("a", "(").ok());
}

// Goal: what can be written in 1024 bytes can't take long. Method: two that
// keep the search going; the test's own limit is the check.
TEST(OverlapTest, CostIsBounded) {
  std::string many = "@(";
  for (int i = 0; i < 160; ++i) absl::StrAppend(&many, "a*b*|");
  many += "c)*$";
  EXPECT_EQ(FindOverlap(many, many + "d")->verdict, Verdict::kUndecided);
  EXPECT_EQ(FindOverlap(many, "@(a{0,40}b{0,40}c?){20}d$")->verdict,
            Verdict::kUndecided);
}

// Goal: the verdict is right. Method: random pairs, judged by matching all
// short IDs against both.
TEST(OverlapTest, AgreesWithTryingAllShortIds) {
  const std::vector<std::string> atoms = {"a",      "b",    "[ab]", ".",
                                          "(ab|b)", "(a|)", "[^a]"};
  const std::vector<std::string> repeats = {"", "", "*", "+", "?", "{2}"};
  std::vector<std::string> ids = {""};
  for (size_t i = 0; i < ids.size() && ids[i].size() < 7; ++i) {
    ids.push_back(ids[i] + "a");
    ids.push_back(ids[i] + "b");
  }
  std::mt19937 random(20150203);
  const auto random_regex = [&] {
    std::string regex;
    for (int i = 0; i < 3; ++i) {
      regex += atoms[random() % atoms.size()];
      regex += repeats[random() % repeats.size()];
    }
    return regex + (random() % 2 == 0 ? "$" : "");
  };
  for (int i = 0; i < 500; ++i) {
    const std::string a = random_regex();
    const std::string b = random_regex();
    SCOPED_TRACE(absl::StrCat(a, "   ", b));
    const NamespacePattern pattern_a = NamespacePattern::Compile(a).value();
    const NamespacePattern pattern_b = NamespacePattern::Compile(b).value();
    bool is_common = false;
    for (const std::string& id : ids) {
      is_common |= pattern_a.Matches(id) && pattern_b.Matches(id);
    }
    const Overlap overlap = FindOverlap(a, b).value();
    EXPECT_EQ(overlap.verdict,
              is_common ? Verdict::kOverlaps : Verdict::kDisjoint);
    if (overlap.verdict == Verdict::kOverlaps) {
      EXPECT_TRUE(pattern_a.Matches(overlap.witness)) << overlap.witness;
      EXPECT_TRUE(pattern_b.Matches(overlap.witness)) << overlap.witness;
    }
  }
}

}  // namespace
}  // namespace causeway::namespaces
