#include "services/shared/matrix/utf8.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/string_view.h"

namespace causeway::matrix {
namespace {

TEST(Utf8Test, RefusesWhatIsNotUtf8) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("h\xc3\xa9 \xf0\x9f\x8c\x89"));
  EXPECT_FALSE(IsValidUtf8("\xff"));
  EXPECT_FALSE(IsValidUtf8("\xc3"));              // Cut off.
  EXPECT_FALSE(IsValidUtf8("\xc0\x80"));          // Overlong.
  EXPECT_FALSE(IsValidUtf8("\xed\xa0\x80"));      // A surrogate.
  EXPECT_FALSE(IsValidUtf8("\xf4\x90\x80\x80"));  // Past U+10FFFF.
}

TEST(Utf8Test, FindsControlCharacters) {
  EXPECT_FALSE(HasControlCharacter("plain \xc3\xa9 \xc2\xa0"));
  EXPECT_TRUE(HasControlCharacter(absl::string_view("a\0b", 3)));
  EXPECT_TRUE(HasControlCharacter("a\nb"));
  EXPECT_TRUE(HasControlCharacter("a\x7f"));
  EXPECT_TRUE(HasControlCharacter("a\xc2\x85"));
}

TEST(Utf8Test, QuoteKeepsPlainText) {
  EXPECT_EQ(Quote("@irc\\.net/.*"), "\"@irc\\.net/.*\"");
  EXPECT_EQ(Quote("h\xc3\xa9"), "\"h\xc3\xa9\"");
}

TEST(Utf8Test, QuoteEscapesWhatCouldBreakAMessage) {
  EXPECT_EQ(Quote("a\nb\x7f"), "\"a\\x0ab\\x7f\"");
  EXPECT_EQ(Quote("a\xff"), "\"a\\xff\"");
  EXPECT_EQ(Quote("a\xc2\x85z"), "\"a\\x85z\"");
}

TEST(Utf8Test, QuoteCutsBetweenCharacters) {
  std::string text(kQuotedBytesMax - 1, 'a');
  EXPECT_EQ(Quote(text + "\xc3\xa9"), "\"" + text + "\"...");
  EXPECT_TRUE(IsValidUtf8(Quote(std::string(1000, '\xff'))));
}

}  // namespace
}  // namespace causeway::matrix
