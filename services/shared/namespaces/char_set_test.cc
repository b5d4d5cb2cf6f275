#include "services/shared/namespaces/char_set.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

namespace causeway::namespaces {
namespace {

TEST(CharSetTest, RangesAreSortedAndMerged) {
  EXPECT_EQ(MakeCharSet({{'x', 'z'}, {'a', 'c'}, {'b', 'd'}, {'e', 'e'}}),
            CharSet({{'a', 'e'}, {'x', 'z'}}));
  EXPECT_EQ(MakeCharSet({}), CharSet());
}

TEST(CharSetTest, SurrogatesAreNoChars) {
  EXPECT_EQ(MakeCharSet({{0, 0x10ffff}}), AllChars());
  EXPECT_EQ(MakeCharSet({{0xd800, 0xdfff}}), CharSet());
}

TEST(CharSetTest, ComplementOfComplementIsTheSet) {
  const CharSet set = {{'a', 'f'}, {0x10000, 0x10ffff}};
  EXPECT_EQ(Complement(set),
            CharSet({{0, 'a' - 1}, {'f' + 1, 0xd7ff}, {0xe000, 0xffff}}));
  EXPECT_EQ(Complement(Complement(set)), set);
  EXPECT_EQ(Complement(AllChars()), CharSet());
  EXPECT_EQ(Complement({}), AllChars());
}

TEST(CharSetTest, FoldsAsciiLettersOnly) {
  EXPECT_EQ(FoldAsciiCase({{'Y', 'b'}}),
            CharSet({{'A', 'B'}, {'Y', 'b'}, {'y', 'z'}}));
  EXPECT_EQ(FoldAsciiCase({{0xe9, 0xe9}}), CharSet({{0xe9, 0xe9}}));
}

TEST(CharSetTest, KnowsClasses) {
  EXPECT_EQ(PosixClass("digit"), CharSet({{'0', '9'}}));
  EXPECT_EQ(PosixClass("alnum"), CharSet({{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}));
  EXPECT_EQ(PosixClass("letter"), std::nullopt);
  EXPECT_EQ(PerlClass('w'),
            CharSet({{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}));
  EXPECT_EQ(Complement(*PerlClass('S')), *PerlClass('s'));
  EXPECT_EQ(PerlClass('b'), std::nullopt);
}

TEST(CharSetTest, PlainestCharReadsWell) {
  EXPECT_EQ(PlainestChar(AllChars()), 'a');
  EXPECT_EQ(PlainestChar({{'0', 'e'}}), 'a');
  EXPECT_EQ(PlainestChar({{0, '5'}}), '0');
  EXPECT_EQ(PlainestChar({{0, '/'}, {'C', 'c' - 3}}), 'C');
  EXPECT_EQ(PlainestChar({{0, ')'}}), '!');
  EXPECT_EQ(PlainestChar({{4, 5}, {0xe9, 0xe9}}), 4u);
}

TEST(CharSetTest, RankFollowsBytesOfUtf8) {
  EXPECT_LT(PlainnessRank('z'), PlainnessRank('0'));
  EXPECT_LT(PlainnessRank('9'), PlainnessRank('A'));
  EXPECT_LT(PlainnessRank('Z'), PlainnessRank('_'));
  EXPECT_LT(PlainnessRank('~'), PlainnessRank(' '));
  EXPECT_LT(PlainnessRank(0x7f), PlainnessRank(0x80));
  EXPECT_LT(PlainnessRank(0x7ff), PlainnessRank(0x10000));
}

TEST(CharSetTest, WritesUtf8) {
  std::string text;
  for (uint32_t c : {0x41u, 0xe9u, 0x20acu, 0x1f309u}) AppendUtf8(c, text);
  EXPECT_EQ(text, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x89");
}

}  // namespace
}  // namespace causeway::namespaces
