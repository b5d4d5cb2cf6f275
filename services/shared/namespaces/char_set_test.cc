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

TEST(CharSetTest, CommonCharPrefersPlainOnes) {
  EXPECT_EQ(CommonChar(AllChars(), AllChars()), 'a');
  EXPECT_EQ(CommonChar({{0, '5'}}, {{'3', 'A'}}), '3');
  EXPECT_EQ(CommonChar({{0, 5}}, {{4, 9}}), 4u);
  EXPECT_EQ(CommonChar({{'a', 'c'}}, {{'d', 'f'}}), std::nullopt);
}

TEST(CharSetTest, WritesUtf8) {
  std::string text;
  for (uint32_t c : {0x41u, 0xe9u, 0x20acu, 0x1f309u}) AppendUtf8(c, text);
  EXPECT_EQ(text, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x89");
}

}  // namespace
}  // namespace causeway::namespaces
