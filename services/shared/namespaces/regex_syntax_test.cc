#include "services/shared/namespaces/regex_syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace causeway::namespaces {
namespace {

using testing::HasSubstr;

struct Case {
  std::string name;
  std::string regex;
  std::string expected;
};

class RefusedRegexTest : public testing::TestWithParam<Case> {};

TEST_P(RefusedRegexTest, NamesWhatIsWrong) {
  absl::Status status = ParseRegex(GetParam().regex).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().expected));
}

std::string Groups(int depth) {
  return absl::StrCat(std::string(depth, '('), std::string(depth, ')'));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedRegexTest,
    testing::ValuesIn<Case>({
        {"Empty", "", "regex \"\": is empty"},
        {"TooLong", std::string(1025, 'a'), "has 1025 bytes, more than 1024"},
        {"NotUtf8", "a\xff", "is not UTF-8"},
        {"LookAhead", "@(?!bot).*",
         "regex \"@(?!bot).*\": at byte 1: look-around is not supported"},
        {"LookAhead2", "(?=a)", "at byte 0: look-around"},
        {"LookBehind", "a(?<=a)", "at byte 1: look-around"},
        {"LookBehind2", "a(?<!a)", "at byte 1: look-around"},
        {"BackReference", "(a)\\1", "at byte 3: back-references are not"},
        {"NamedGroup", "(?P<x>a)", "at byte 0: of groups"},
        {"LateFlag", "a(?i)b", "at byte 1: of groups"},
        {"WordBoundary", "a\\b", "at byte 1: of letters after a backslash"},
        {"LoneBackslash", "a\\", "at byte 1: the backslash escapes nothing"},
        {"Star", "*a", "at byte 0: nothing to repeat"},
        {"StarInGroup", "(+a)", "at byte 1: nothing to repeat"},
        {"StarAfterBar", "a|?b", "at byte 2: nothing to repeat"},
        {"StarAfterAnchor", "^*", "at byte 1: nothing to repeat"},
        {"IntervalFirst", "{2}", "at byte 0: nothing to repeat"},
        {"OpenGroup", "a(b", "at byte 1: `(` is not closed"},
        {"OpenBracket", "a[b", "at byte 1: `[` is not closed"},
        {"OpenBracketAfterFirst", "[]", "at byte 0: `[` is not closed"},
        {"OpenClass", "[[:alpha", "at byte 0: `[` is not closed"},
        {"OpenRange", "[a-", "at byte 0: `[` is not closed"},
        {"UnknownClass", "[[:letter:]]", "at byte 1: no such character class"},
        {"LongCollatingName", "[[.hyphen.]]", "must be one character"},
        {"RangeBackwards", "[z-a]", "at byte 1: the range's ends"},
        {"RangeToClass", "[a-[:digit:]]", "at byte 1: the range's ends"},
        {"RepeatBackwards", "a{3,2}", "the wrong way round"},
        {"RepeatTooOften", "a{1001}", "repeats more than 1000 times"},
        {"RepeatOverflow", "a{99999999999999}", "repeats more than 1000"},
        {"TooDeep", Groups(kRegexDepthMax + 1), "more than 100 groups"},
        {"TooManyRepeats", absl::StrCat("a", std::string(500, '+')),
         "too many repeats of repeats"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(ParseRegexTest, DepthBoundIsExact) {
  EXPECT_TRUE(ParseRegex(Groups(kRegexDepthMax)).ok());
}

class LiteralPrefixTest : public testing::TestWithParam<Case> {};

TEST_P(LiteralPrefixTest, IsWhatAllMatchesBeginWith) {
  EXPECT_EQ(LiteralPrefix(ParseRegex(GetParam().regex).value()),
            GetParam().expected);
  EXPECT_EQ(LiteralPrefixOf(GetParam().regex).value(), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, LiteralPrefixTest,
    testing::ValuesIn<Case>({
        {"Literal", "@irc_bot:d", "@irc_bot:d"},
        {"Escaped", "@irc\\.freenode\\.net/.*", "@irc.freenode.net/"},
        {"Anchor", "^@irc_.*$", "@irc_"},
        {"Any", ".*", ""},
        {"Bracket", "@irc[_-]x", "@irc"},
        {"OneInBracket", "@irc[_]x", "@irc_x"},
        {"Optional", "@ircs?_", "@irc"},
        {"Star", "@ircs*_", "@irc"},
        {"Plus", "@ircs+_", "@ircs"},
        {"Twice", "@(ab){2}c", "@ababc"},
        {"Interval", "@a{2,3}b", "@aa"},
        {"Group", "(@irc_).*", "@irc_"},
        {"Alternatives", "@irc_a|@irc_b", "@irc_"},
        {"EqualAlternatives", "(@irc|@irc)_", "@irc_"},
        {"LongerAlternative", "@(irc|irc2)_", "@irc"},
        {"EmptyAlternative", "(@irc|)x", ""},
        {"FoldedCase", "(?i)@irc", "@"},
        {"Never", "@(abc){0}d", "@d"},
        {"Unicode", "@\xc3\xa9.", "@\xc3\xa9"},
        {"NestedRepeats", "(((a{1000}){1000}){1000}){1000}",
         std::string(255, 'a')},
    }),
    [](const auto& info) { return info.param.name; });

TEST(ToRe2SyntaxTest, WritesPlainly) {
  EXPECT_EQ(ToRe2Syntax(ParseRegex("^@a[0-9_]*(b|c)?$").value()),
            "\\A\\x{40}a(?:[0-9\\x{5f}-\\x{5f}])*(?:(?:b|c)){0,1}\\z");
  EXPECT_EQ(ToRe2Syntax(ParseRegex(".[^a]").value()), "(?s:.)[^a-a]");
}

}  // namespace
}  // namespace causeway::namespaces
