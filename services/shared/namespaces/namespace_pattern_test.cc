#include "services/shared/namespaces/namespace_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>
#include <regex.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/regex_syntax.h"
#include "services/shared/namespaces/text_pattern.h"

namespace causeway::namespaces {
namespace {

using testing::HasSubstr;

bool Matches(absl::string_view regex, absl::string_view id) {
  absl::StatusOr<NamespacePattern> pattern = NamespacePattern::Compile(regex);
  EXPECT_TRUE(pattern.ok()) << pattern.status();
  return pattern.ok() && pattern->Matches(id);
}

struct MatchCase {
  std::string name;
  std::string regex;
  std::vector<std::string> in;
  std::vector<std::string> out;
};

class MatchTest : public testing::TestWithParam<MatchCase> {};

TEST_P(MatchTest, SplitsInFromOut) {
  for (const std::string& id : GetParam().in) {
    EXPECT_TRUE(Matches(GetParam().regex, id)) << id;
  }
  for (const std::string& id : GetParam().out) {
    EXPECT_FALSE(Matches(GetParam().regex, id)) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MatchTest,
    testing::ValuesIn<MatchCase>({
        {"Walkthrough",
         "@irc\\.freenode\\.net/.*",
         {"@irc.freenode.net/Bob:hsdomain.com"},
         {"@ircXfreenode.net/Bob:hsdomain.com", "@alice:hsdomain.com",
          "x@irc.freenode.net/Bob:hsdomain.com"}},
        {"PrefixIsEnough", "@irc_", {"@irc_bob:d"}, {"@xirc_bob:d"}},
        {"DollarPinsTheEnd", "@irc_[a-z]*:d$", {"@irc_bob:d"}, {"@irc_bob:d2"}},
        {"AlternativesAreAnchoredToo", "@a|@b", {"@ax", "@bx"}, {"x@b"}},
        {"PosixClass",
         "@[[:alpha:]_][[:digit:]]{2,}:",
         {"@a12:d", "@_123:d"},
         {"@a1:d", "@112:d"}},
        {"BracketFirst", "[]a]+$", {"]a", "]"}, {"b"}},
        {"BracketNegatedFirst", "[^]a]+$", {"b["}, {"]", "a"}},
        {"BracketBackslash", "[\\.]+$", {".", "\\", ".\\"}, {"x"}},
        {"BracketEndsAfterBackslash", "[\\]x$", {"\\x"}, {"]x"}},
        {"BracketDashLast", "[a-c-]+$", {"a-c"}, {"d"}},
        {"BracketEquivalence", "[[=a=][.-.]]+$", {"a-"}, {"b"}},
        {"BracketCollatingRange", "[[.a.]-c]+$", {"b"}, {"d", "-"}},
        {"DotIsAnyCharacter", "@.:d$", {"@\xc3\xa9:d", "@\n:d"}, {"@ab:d"}},
        {"IntervalUpTo", "a{,2}b$", {"b", "aab"}, {"aaab"}},
        {"RepeatOfRepeat", "(ab)**c$", {"c", "ababc"}, {"ac"}},
        {"BraceIsItself", "a{b$", {"a{b"}, {"ab"}},
        {"LoneParenthesisIsItself", "a)$", {"a)"}, {"a"}},
        {"EmptyAlternative", "a(|b)c$", {"ac", "abc"}, {"abbc"}},
        {"AnchorInside", "a^b", {}, {"ab", "a^b"}},
        {"AnchorInGroup", "(^|x)@a", {"@a", "x@a"}, {"y@a"}},
        {"PerlClasses", "@\\d+_\\w+\\s?\\D$", {"@1_a!"}, {"@x_a!"}},
        {"PerlClassInBracket", "@[\\w\\-.]+:d$", {"@a-b.c:d"}, {"@a\\b:d"}},
        {"EscapedDashInBracket", "@[\\-a-z]+:d$", {"@a-m:d"}, {"@\\:d"}},
        {"NonCapturing", "@(?:irc|xmpp)_", {"@irc_a", "@xmpp_a"}, {"@i_a"}},
        {"Lazy", "@a*?b+?c??:$", {"@b:", "@aabbc:"}, {"@a:"}},
        {"FoldedCase",
         "(?i)@IRC[x-z]\xc3\xa9",
         {"@ircX\xc3\xa9"},
         {"@ircX\xc3\x89"}},
        {"EmptyClass", "a[^\\d\\D]", {}, {"a", "ab"}},
        {"NegatedClass", "@[^:]+:d$", {"@a/b:d"}, {"@a:b:d"}},
        {"EscapedPunctuation", "\\@a\\/\\-\\:\\_", {"@a/-:_"}, {"@a"}},
    }),
    [](const auto& info) { return info.param.name; });

TEST(NamespacePatternTest, KeepsRegexAndPrefix) {
  NamespacePattern pattern = NamespacePattern::Compile("@irc_.*").value();
  EXPECT_EQ(pattern.regex(), "@irc_.*");
  EXPECT_EQ(pattern.literal_prefix(), "@irc_");
}

TEST(NamespacePatternTest, MemoryIsBounded) {
  std::string regex;
  for (int i = 0; i < 8; ++i) {
    regex += "[a-z\xc3\xa9-\xf0\x9f\x8c\x89]{1000}";
  }
  absl::Status status = NamespacePattern::Compile(regex).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("needs more than 1048576 bytes of memory"));
}

TEST(NamespacePatternTest, MultipliedRepeatsAreBounded) {
  EXPECT_THAT(
      std::string(
          NamespacePattern::Compile("((a{100}){100})").status().message()),
      HasSubstr("inner and outer repeats multiplied"));
}

// Goal: what is matched without RE2 matches as RE2 would. Method: all short
// texts of the pieces that such regexes are made of, against random IDs.
TEST(NamespacePatternTest, TextMatchesAsRe2Does) {
  const std::vector<std::string> pieces = {"^",        "$",  "a",  "b",
                                           "\xc3\xa9", ".*", ".*", "ab"};
  std::mt19937 random(20150204);
  int text_count = 0;
  int match_count = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string regex;
    const int piece_count = 1 + static_cast<int>(random() % 6);
    for (int j = 0; j < piece_count; ++j) {
      // Anchors mostly where they belong.
      const size_t piece = random() % pieces.size();
      if (piece == 0 && j > 0 && random() % 4 != 0) continue;
      regex += pieces[piece];
    }
    const absl::StatusOr<RegexNode> root = ParseRegex(regex);
    if (!root.ok()) continue;  // "^.*" is fine, "$*" and nothing at all aren't.
    const std::optional<TextPattern> text = TextPattern::Make(*root);
    if (!text.has_value()) continue;
    ++text_count;
    const RE2 re2(ToRe2Syntax(*root));
    for (int j = 0; j < 20; ++j) {
      std::string id;
      const int length = static_cast<int>(random() % 7);
      for (int k = 0; k < length; ++k) id += pieces[2 + random() % 3];
      const bool matches =
          re2.Match(id, 0, id.size(), RE2::ANCHOR_START, nullptr, 0);
      EXPECT_EQ(text->Matches(id), matches) << regex << " " << id;
      match_count += matches ? 1 : 0;
    }
  }
  EXPECT_GT(text_count, 1000);
  EXPECT_GT(match_count, 1000);
}

// Goal: a hostile pattern costs time linear in the ID. Method: one that sends
// backtracking engines away for ever; the test's own limit is the check.
TEST(NamespacePatternTest, MatchesInLinearTime) {
  EXPECT_FALSE(Matches("(a*)*(a|aa)+(.*a.{16})+$", std::string(255, 'b')));
}

constexpr int kDepth = 2;

// A random expression whose meaning POSIX defines.
std::string RandomRegex(std::mt19937& random, int depth) {
  const auto pick = [&random](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  const std::vector<std::string> atoms = {"a",
                                          "b",
                                          "\\.",
                                          ".",
                                          "[ab]",
                                          "[^a]",
                                          "[]a]",
                                          "[\\.]",
                                          "[[:xdigit:]]",
                                          "[a-]",
                                          "\\\\",
                                          "[^]b]",
                                          "\xc3\xa9",
                                          "[[:punct:]a]",
                                          "[[.-.]b]",
                                          "\\*"};
  const std::vector<std::string> repeats = {"*",     "+",     "?",   "{2}",
                                            "{1,2}", "{0,1}", "{1,}"};
  std::string regex;
  const int piece_count = 1 + pick(3);
  for (int i = 0; i < piece_count; ++i) {
    if (depth > 0 && pick(3) == 0) {
      absl::StrAppend(&regex, "(", RandomRegex(random, depth - 1), ")");
    } else {
      regex += atoms[pick(static_cast<int>(atoms.size()))];
    }
    if (pick(3) == 0) regex += repeats[pick(static_cast<int>(repeats.size()))];
  }
  if (depth > 0 && pick(4) == 0) {
    absl::StrAppend(&regex, "|", RandomRegex(random, depth - 1));
  }
  // Not inside: glibc loses a `$` that is repeated, "(a$){2}".
  if (depth == kDepth && pick(6) == 0) regex += "$";
  return regex;
}

std::string RandomId(std::mt19937& random) {
  const std::vector<std::string> chars = {"a",  "b", ".", "]",
                                          "\\", "-", "*", "\xc3\xa9"};
  std::string id;
  const int length = static_cast<int>(random() % 6);
  for (int i = 0; i < length; ++i) id += chars[random() % chars.size()];
  return id;
}

// Goal: a POSIX expression has POSIX's meaning. Method: random ones against the
// C library's regcomp(), over random IDs.
TEST(NamespacePatternTest, AgreesWithTheCLibrary) {
  const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  ASSERT_NE(utf8, static_cast<locale_t>(nullptr));
  const locale_t before = uselocale(utf8);
  std::mt19937 random(20150201);
  for (int i = 0; i < 3000; ++i) {
    const std::string regex = RandomRegex(random, kDepth);
    SCOPED_TRACE(regex);
    regex_t posix;
    ASSERT_EQ(regcomp(&posix, absl::StrCat("^(", regex, ")").c_str(),
                      REG_EXTENDED | REG_NOSUB),
              0);
    absl::StatusOr<NamespacePattern> pattern = NamespacePattern::Compile(regex);
    ASSERT_TRUE(pattern.ok()) << pattern.status();
    for (int j = 0; j < 20; ++j) {
      const std::string id = RandomId(random);
      EXPECT_EQ(pattern->Matches(id),
                regexec(&posix, id.c_str(), 0, nullptr, 0) == 0)
          << id;
    }
    regfree(&posix);
  }
  uselocale(before);
  freelocale(utf8);
}

}  // namespace
}  // namespace causeway::namespaces
