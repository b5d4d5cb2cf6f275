#include "services/shared/namespaces/algebra.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/id_grammar.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"

namespace causeway::namespaces {
namespace {

using Answer = Decision::Answer;
using testing::HasSubstr;
using enum NamespaceKind;

constexpr Answer kYes = Answer::kYes;
constexpr Answer kNo = Answer::kNo;
constexpr Answer kUndecided = Answer::kUndecided;
constexpr absl::string_view kServer = "hs.test";

bool Matches(absl::string_view regex, absl::string_view id) {
  return NamespacePattern::Compile(regex).value().Matches(id);
}

bool MatchesAny(const std::vector<std::string>& regexes, absl::string_view id) {
  return std::any_of(regexes.begin(), regexes.end(),
                     [&](const auto& regex) { return Matches(regex, id); });
}

Decision Contained(absl::string_view regex,
                   const std::vector<std::string>& ceilings) {
  return Algebra(kServer).IsContained(kUsers, regex, ceilings).value();
}

Decision Disjoint(absl::string_view a, absl::string_view b) {
  return Algebra(kServer).AreDisjoint(kUsers, a, b).value();
}

struct ContainedCase {
  std::string name;
  std::string regex;
  std::vector<std::string> ceilings;
  Answer answer;
};

class ContainedTest : public testing::TestWithParam<ContainedCase> {};

// Goal: the answer, and a witness that RE2 and the parser of IDs agree with.
TEST_P(ContainedTest, IsDecided) {
  const auto& [name, regex, ceilings, answer] = GetParam();
  const Decision decision = Contained(regex, ceilings);
  EXPECT_EQ(decision.answer, answer) << decision.witness << decision.why;
  EXPECT_EQ(decision.why.empty(), answer != kUndecided);
  if (answer != kNo) return;
  EXPECT_TRUE(matrix::UserId::Parse(decision.witness).ok()) << decision.witness;
  EXPECT_TRUE(Matches(regex, decision.witness)) << decision.witness;
  EXPECT_FALSE(MatchesAny(ceilings, decision.witness)) << decision.witness;
}

INSTANTIATE_TEST_SUITE_P(
    All, ContainedTest,
    testing::ValuesIn<ContainedCase>({
        {"Equal", "@irc_.*", {"@irc_.*"}, kYes},
        {"SameWithoutWildcard", "@irc_.*", {"@irc_"}, kYes},
        {"SameTheOtherWay", "@irc_", {"@irc_.*"}, kYes},
        {"SameWithAnchors", "^@irc_.*$", {"@irc_"}, kYes},
        {"Narrower", "@irc_[a-z]+:hs\\.test$", {"@irc_.*"}, kYes},
        {"Wider", "@irc_.*", {"@irc_[a-z]+:hs\\.test$"}, kNo},
        {"All", "@irc_.*", {".*"}, kYes},
        {"AllIsMore", ".*", {"@irc_.*"}, kNo},
        {"AllIsAllUsers", ".*", {"@.*"}, kYes},
        {"OtherSigilIsNone", "#irc_.*", {"@x"}, kYes},
        {"NoCeiling", "@irc_.*", {}, kNo},
        {"NothingOfNoCeiling", "irc_.*", {}, kYes},
        {"OtherBeginning", "@irc_.*", {"@xmpp_.*"}, kNo},
        {"NoServerPart", "@irc_.*", {"@irc_.*:hs\\.test"}, kNo},
        {"OpenServerPart", "@irc_.*:hs\\.test", {"@irc_.*:hs\\.test$"}, kNo},
        {"UnescapedDot", "@irc.net_.*", {"@irc\\.net_.*"}, kNo},
        {"EscapedDot", "@irc\\.net_.*", {"@irc.net_.*"}, kYes},
        {"UnionOfTwo", "@(irc|xmpp)_.*", {"@irc_.*", "@xmpp_.*"}, kYes},
        {"UnionByDigit", "@n[0-9]", {"@n[0-4].*", "@n[5-8].*", "@n9.*"}, kYes},
        {"UnionLacksOne", "@n[0-9]", {"@n[0-4].*", "@n[6-8].*", "@n9.*"}, kNo},
        {"UnionByLength", "@a*:", {"@(aa)*:", "@a(aa)*:"}, kYes},
        {"UnionAcrossThePoint", "@ab", {"@a[a-m]", "@[a-m]b"}, kYes},
        {"FoldedCase", "@IRC_", {"(?i)@irc_"}, kYes},
        {"FoldedCaseIsMore", "(?i)@irc_", {"@irc_"}, kNo},
        {"Interval", "@a{3,4}:", {"@a{2,5}:"}, kYes},
        {"IntervalIsMore", "@a{3,6}:", {"@a{2,5}:"}, kNo},
        {"LengthOfIds", "@.*", {"@.{1,254}$"}, kYes},
        {"LengthOfIdsLacksOne", "@.*", {"@.{1,253}$"}, kNo},
        {"LengthIsInBytes", "@\xc3\xa9{126}", {"@x"}, kNo},
        {"NoIdIsSoLong", "@\xc3\xa9{127}", {"@x"}, kYes},
        {"Ports", "@a:b:[0-9]{5}$", {"@a:b:[0-6]"}, kYes},
        {"LocalpartHasNoColon", "@a:.*", {"@a:[^@]*$"}, kYes},
        {"NoControlCharacters", "@a.b", {"@a[^\t]b"}, kYes},
        {"Historical", "@\xc3\xa9", {"@[a-z]"}, kNo},
        {"TooManyStates", "@([ab]{100}){100}c", {"@a"}, kUndecided},
        {"ComplexOneOfAll", "@([ab]{100}){100}c", {"@.*", "@b"}, kYes},
        {"ComplexOneByItsBeginning", "@irc_([ab]{100}){100}", {"@irc"}, kYes},
        {"TooManySets",
         "@[ab]{41,}:",
         {"@[ab]*a[ab]{40}:", "@[ab]*b[ab]{40}:"},
         kUndecided},
    }),
    [](const auto& info) { return info.param.name; });

struct DisjointCase {
  std::string name;
  std::string a;
  std::string b;
  Answer answer;
};

class DisjointTest : public testing::TestWithParam<DisjointCase> {};

// Goal: the answer, either way round, and a witness as above.
TEST_P(DisjointTest, IsDecided) {
  const auto& [name, a, b, answer] = GetParam();
  for (const Decision& decision : {Disjoint(a, b), Disjoint(b, a)}) {
    EXPECT_EQ(decision.answer, answer) << decision.witness << decision.why;
    if (answer != kNo) continue;
    EXPECT_TRUE(matrix::UserId::Parse(decision.witness).ok());
    EXPECT_TRUE(Matches(a, decision.witness)) << decision.witness;
    EXPECT_TRUE(Matches(b, decision.witness)) << decision.witness;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, DisjointTest,
    testing::ValuesIn<DisjointCase>({
        {"Equal", "@irc_.*", "@irc_.*", kNo},
        {"OneInTheOther", "@irc_.*", "@irc_bot:d$", kNo},
        {"CrossedWildcards", "@irc_.*", "@.*_bot:", kNo},
        {"OtherBeginning", "@irc_.*", "@xmpp_.*", kYes},
        {"ClassesApart", "@n[0-9]+:", "@n[a-z]+:", kYes},
        {"ClassesCross", "@n[0-9a]+:", "@n[a-z]+:", kNo},
        {"PrefixNeedsNoWildcard", "@irc", "@irc_bot", kNo},
        {"DollarEndsIt", "@irc:d$", "@irc:d2", kYes},
        {"NoIdEndsThere", "@irc$", "@irc", kYes},
        {"OtherDomain", "@irc_.*:a\\.org$", "@irc_.*:b\\.org$", kYes},
        {"OtherDomainOpen", "@irc_.*:a\\.org", "@irc_.*:b\\.org", kYes},
        {"Lengths", "@(aa)+:", "@(aaa)+:", kNo},
        {"LengthsApart", "@(aa)+:", "@a(aa)*:", kYes},
        {"AnchorInside", "@a^b", "@a.*", kYes},
        {"AnchorsEverywhere", "^^@a:b($)$", "(^@a)", kNo},
        {"FoldedCase", "(?i)@irc", "@IRC", kNo},
        {"EmptyAlternative", "@(a|)b", "@b", kNo},
        {"Unicode", "@[^a-z]", "@\xc3\xa9", kNo},
        {"OtherKindOfId", "#irc", "#irc", kYes},
        {"SigilByWildcard", "bob|.bob", "@?bob", kNo},
        {"ManyStepsToLearnNothing",
         "@[ab]*a[ab]{40}:", "@[ab]*b[ab]{40}:", kYes},
        {"TooManyStates", "@(a{100}){100}b", "@a*", kUndecided},
    }),
    [](const auto& info) { return info.param.name; });

TEST(AlgebraTest, WitnessIsPlausibleAndShortest) {
  EXPECT_EQ(Disjoint("@irc_.*", "@.*_bot").witness, "@irc_bot:hs.test");
  EXPECT_EQ(Disjoint("@irc_[^:]+", ".*").witness, "@irc_a:hs.test");
  EXPECT_EQ(Contained("@irc_.*", {"@irc_[a-y:]"}).witness, "@irc_z:hs.test");
  EXPECT_EQ(Contained(".*", {"@[a-z]"}).witness, "@0:hs.test");
  EXPECT_EQ(Algebra(kServer).IsContained(kRooms, ".*", {"![a-z]"})->witness,
            "!0:hs.test");
}

TEST(AlgebraTest, WitnessIsNoPlainerThanThereIs) {
  EXPECT_EQ(Contained("@I[RC]+", {}).witness, "@IC:hs.test");
  EXPECT_EQ(Contained("@irc_.*", {"@irc_.*:hs\\.test$"}).witness, "@irc_:a");
  EXPECT_EQ(Contained("@a:other$", {}).witness, "@a:other");
  EXPECT_EQ(Contained("@\xf0\x9f\x8c\x89|@\xe2\x82\xac", {}).witness,
            "@\xe2\x82\xac:hs.test");
}

// Goal: an ID that only a server's IDs of today lack is not a reason to say
// yes, unless asked so.
TEST(AlgebraTest, ScopeNarrowsTheIds) {
  Algebra algebra(kServer);
  const std::vector<std::string> ceilings = {"@[a-z0-9._=/+-]*:hs"};
  EXPECT_EQ(algebra.IsContained(kUsers, "@.*", ceilings)->answer, kNo);
  EXPECT_EQ(algebra.IsContained(kUsers, "@.*", ceilings, IdScope::kOwn)->answer,
            kNo);
  EXPECT_EQ(
      algebra.IsContained(kUsers, "@.*", ceilings, IdScope::kOwnPlain)->answer,
      kYes);
}

TEST(AlgebraTest, BadRegexIsRefused) {
  Algebra algebra(kServer);
  EXPECT_FALSE(algebra.AreDisjoint(kUsers, "(", "a").ok());
  EXPECT_FALSE(algebra.AreDisjoint(kUsers, "a", "(").ok());
  EXPECT_FALSE(algebra.IsContained(kUsers, "(", {"a"}).ok());
  EXPECT_FALSE(algebra.IsContained(kUsers, "a", {"("}).ok());
}

// What can be written in 1024 bytes to keep a search going.
std::string Hostile(absl::string_view end) {
  std::string regex = "@(";
  for (int i = 0; i < 160; ++i) absl::StrAppend(&regex, "a*b*|");
  return absl::StrCat(regex, "c)*", end);
}

// Goal: nothing takes long. Method: the steps are counted, so the answer says
// that it gave up; the test's own limit is the check.
TEST(AlgebraTest, CostIsBounded) {
  EXPECT_EQ(Disjoint(Hostile(":a$"), Hostile(":b$")).answer, kUndecided);
  EXPECT_EQ(Disjoint(Hostile(":a$"), "@(a{0,40}b{0,40}c?){20}:b$").answer,
            kUndecided);
  const Decision decision = Contained("@.*", {"@.*a.{200}b.{40}:hs"});
  EXPECT_EQ(decision.answer, kNo);  // Quickly: there is a short one.
  EXPECT_EQ(Contained("@[ab]*:", {"@[ab]*a[ab]{200}:|@[ab]{0,200}:"}).answer,
            kUndecided);
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) {
    many.push_back(absl::StrCat("@[ab]*[^", i, "]{20}b[ab]{", i, "}:"));
  }
  const Answer answer = Contained("@.*", many).answer;
  EXPECT_NE(answer, kYes);
}

TEST(AlgebraTest, QuestionsShareABound) {
  Algebra algebra(kServer, 20000);
  int decided_count = 0;
  Decision decision;
  do {
    decision = algebra.AreDisjoint(kUsers, "@(aa)+:", "@a(aa)*:").value();
    if (decision.answer == kYes) ++decided_count;
  } while (decision.answer == kYes && decided_count < 20000);
  EXPECT_EQ(decision.answer, kUndecided);
  EXPECT_THAT(decision.why, HasSubstr("too many steps"));
  EXPECT_GT(decided_count, 1);
}

// Random regexes of users, all of whose letters but a and b are one to them.
class RandomRegexes {
 public:
  explicit RandomRegexes(unsigned seed) : random_(seed) {}

  std::string Next() {
    const std::vector<std::string> atoms = {
        "a", "b", "[ab]", ".", "(ab|b)", "(a|)", "[^a]", "(a|b.)", "(b|$)"};
    const std::vector<std::string> repeats = {"", "", "*", "+", "?", "{2}"};
    const std::vector<std::string> ends = {"", ":", ":s$", "$"};
    std::string regex = "@";
    for (int i = 0; i < 3; ++i) {
      regex += Pick(atoms);
      regex += Pick(repeats);
    }
    return regex + Pick(ends);
  }

  const std::string& Pick(const std::vector<std::string>& list) {
    return list[random_() % list.size()];
  }

 private:
  std::mt19937 random_;
};

// All users of server s whose localparts are up to 6 letters long.
std::vector<std::string> ShortIds() {
  std::vector<std::string> localparts = {"a", "b", "c"};
  for (size_t i = 0; i < localparts.size() && localparts[i].size() < 6; ++i) {
    for (const char* letter : {"a", "b", "c"}) {
      localparts.push_back(localparts[i] + letter);
    }
  }
  std::vector<std::string> ids;
  for (const std::string& localpart : localparts) {
    ids.push_back(absl::StrCat("@", localpart, ":s"));
  }
  return ids;
}

// What all short IDs say, held against the algebra. `shows` are those that make
// the answer no, shortest first.
void ExpectAgreement(const Decision& decision,
                     const std::optional<std::string>& shortest_that_shows) {
  ASSERT_NE(decision.answer, kUndecided);
  if (shortest_that_shows.has_value()) {
    EXPECT_EQ(decision.answer, kNo) << *shortest_that_shows;
    EXPECT_EQ(decision.witness.size(), shortest_that_shows->size())
        << decision.witness << " " << *shortest_that_shows;
  }
}

// Goal: the answers are right and the witness is the shortest. Method: random
// pairs and triples, judged by RE2 over all short IDs, and the witness too.
TEST(AlgebraTest, AgreesWithTryingAllShortIds) {
  const std::vector<std::string> ids = ShortIds();
  RandomRegexes regexes(20150203);
  Algebra algebra("s", int64_t{1} << 60);
  int contained_count = 0;
  int disjoint_count = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string a = regexes.Next();
    const std::string b = regexes.Next();
    const std::string c = regexes.Next();
    SCOPED_TRACE(absl::StrCat(a, "   ", b, "   ", c));
    const NamespacePattern pattern_a = NamespacePattern::Compile(a).value();
    const NamespacePattern pattern_b = NamespacePattern::Compile(b).value();
    const NamespacePattern pattern_c = NamespacePattern::Compile(c).value();
    std::optional<std::string> common;
    std::optional<std::string> beyond;
    for (const std::string& id : ids) {
      if (!pattern_a.Matches(id)) continue;
      const bool in_b = pattern_b.Matches(id);
      if (in_b && !common.has_value()) common = id;
      if (!in_b && !pattern_c.Matches(id) && !beyond.has_value()) beyond = id;
    }
    const Decision disjoint = algebra.AreDisjoint(kUsers, a, b).value();
    ExpectAgreement(disjoint, common);
    if (disjoint.answer == kNo) {
      EXPECT_TRUE(pattern_a.Matches(disjoint.witness)) << disjoint.witness;
      EXPECT_TRUE(pattern_b.Matches(disjoint.witness)) << disjoint.witness;
    }
    const Decision contained = algebra.IsContained(kUsers, a, {b, c}).value();
    ExpectAgreement(contained, beyond);
    if (contained.answer == kNo) {
      EXPECT_TRUE(pattern_a.Matches(contained.witness)) << contained.witness;
      EXPECT_FALSE(pattern_b.Matches(contained.witness)) << contained.witness;
      EXPECT_FALSE(pattern_c.Matches(contained.witness)) << contained.witness;
    }
    contained_count += contained.answer == kYes ? 1 : 0;
    disjoint_count += disjoint.answer == kYes ? 1 : 0;
  }
  EXPECT_GT(contained_count, 100);
  EXPECT_GT(disjoint_count, 100);
}

// Goal: no answer that RE2 contradicts, whatever the dialect offers. Method:
// random regexes out of all of its constructs, and random IDs.
TEST(AlgebraTest, AgreesWithRe2OnRandomRegexesAndIds) {
  const std::vector<std::string> atoms = {
      "a",       "b",         "\\.",         ".",
      "[a-c]",   "[^a]",      "\\d",         "\\w",
      "\\W",     "\\s",       "[[:alpha:]]", "(a|b)",
      "(?:ab|)", "(^a|b)",    "\xc3\xa9",    "[\xc3\xa9-\xe2\x82\xac]",
      "(b|$)",   ":",         ":s",          "[^:]",
      "_",       "(a|(b|_)*)"};
  const std::vector<std::string> repeats = {"",  "",   "",    "*",     "+",
                                            "?", "*?", "{2}", "{1,3}", "{2,}"};
  const std::vector<std::string> chars = {
      "a", "b", "c", "1", ".", "_", "A", " ", "\xc3\xa9", "\xe2\x82\xac"};
  std::mt19937 random(20150207);
  const auto pick = [&](const std::vector<std::string>& list) {
    return list[random() % list.size()];
  };
  const auto random_regex = [&] {
    std::string regex = random() % 8 == 0 ? "(?i)@" : "@";
    const int piece_count = 1 + static_cast<int>(random() % 5);
    for (int i = 0; i < piece_count; ++i) {
      regex += pick(atoms);
      regex += pick(repeats);
    }
    return regex + (random() % 3 == 0 ? "$" : "");
  };
  Algebra algebra("s", int64_t{1} << 60);
  int yes_count = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string a = random_regex();
    const std::string b = random_regex();
    SCOPED_TRACE(absl::StrCat(a, "   ", b));
    const NamespacePattern pattern_a = NamespacePattern::Compile(a).value();
    const NamespacePattern pattern_b = NamespacePattern::Compile(b).value();
    const Decision disjoint = algebra.AreDisjoint(kUsers, a, b).value();
    const Decision contained = algebra.IsContained(kUsers, a, {b}).value();
    yes_count += contained.answer == kYes ? 1 : 0;
    std::vector<std::string> ids = {disjoint.witness, contained.witness};
    for (int j = 0; j < 30; ++j) {
      std::string id = "@";
      const int length = 1 + static_cast<int>(random() % 5);
      for (int k = 0; k < length; ++k) id += pick(chars);
      ids.push_back(id + (random() % 2 == 0 ? ":s" : ":a1"));
    }
    for (const std::string& id : ids) {
      if (id.empty()) continue;
      ASSERT_TRUE(matrix::UserId::Parse(id).ok()) << id;
      const bool in_a = pattern_a.Matches(id);
      const bool in_b = pattern_b.Matches(id);
      EXPECT_FALSE(disjoint.answer == kYes && in_a && in_b) << id;
      EXPECT_FALSE(contained.answer == kYes && in_a && !in_b) << id;
      EXPECT_TRUE(id != disjoint.witness || (in_a && in_b)) << id;
      EXPECT_TRUE(id != contained.witness || (in_a && !in_b)) << id;
    }
  }
  EXPECT_GT(yes_count, 100);
}

}  // namespace
}  // namespace causeway::namespaces
