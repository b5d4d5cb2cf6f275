#include "services/shared/matrix/utf8_prefix.h"

#include <gtest/gtest.h>

#include <string>

namespace causeway::matrix {
namespace {

TEST(Utf8PrefixTest, KeepsWhatIsShortEnough) {
  EXPECT_EQ(Utf8Prefix("", 0), "");
  EXPECT_EQ(Utf8Prefix("abc", 3), "abc");
  EXPECT_EQ(Utf8Prefix("a\xc3\xa4", 3), "a\xc3\xa4");
}

TEST(Utf8PrefixTest, CutsNoCharacterInTwo) {
  const std::string text = "a\xc3\xa4\xf0\x9f\x98\x80z";  // 1, 2, 4, 1 bytes.
  const size_t kept[] = {0, 1, 1, 3, 3, 3, 3, 7, 8};
  for (size_t bytes_max = 0; bytes_max <= text.size(); ++bytes_max) {
    EXPECT_EQ(Utf8Prefix(text, bytes_max), text.substr(0, kept[bytes_max]))
        << bytes_max;
  }
}

TEST(Utf8PrefixTest, NeverGivesMoreOfWhatIsNotUtf8) {
  EXPECT_EQ(Utf8Prefix("\x80\x80\x80", 2), "");
  EXPECT_EQ(Utf8Prefix("\xff\xff\xff", 2), "\xff\xff");
}

}  // namespace
}  // namespace causeway::matrix
