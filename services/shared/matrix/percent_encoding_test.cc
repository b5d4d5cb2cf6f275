#include "services/shared/matrix/percent_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"

namespace causeway::matrix {
namespace {

using testing::HasSubstr;

TEST(PercentEncodingTest, WalkthroughBytes) {
  EXPECT_EQ(EncodeUriComponent("#irc.freenode.net/#matrix:hsdomain.com"),
            "%23irc.freenode.net%2F%23matrix%3Ahsdomain.com");
  EXPECT_EQ(EncodeUriComponent("@irc.freenode.net/Bob:hsdomain.com"),
            "%40irc.freenode.net%2FBob%3Ahsdomain.com");
}

TEST(PercentEncodingTest, EncodesAsEncodeUriComponent) {
  EXPECT_EQ(EncodeUriComponent("aZ09-_.!~*'()"), "aZ09-_.!~*'()");
  EXPECT_EQ(EncodeUriComponent(" +&=?%\"\xc3\xa9"),
            "%20%2B%26%3D%3F%25%22%C3%A9");
}

TEST(PercentEncodingTest, EveryByteSurvivesTheWayThereAndBack) {
  std::string text;
  for (char c = 1; c < 127; ++c) text.push_back(c);
  text += "\xc3\xa9\xf0\x9f\x8c\x89";
  EXPECT_EQ(DecodePathSegment(EncodeUriComponent(text)).value(), text);
  EXPECT_EQ(DecodeQueryValue(EncodeUriComponent(text)).value(), text);
}

TEST(PercentEncodingTest, DecodesSegment) {
  EXPECT_EQ(DecodePathSegment("%21x%2f%2Fy:d").value(), "!x//y:d");
  EXPECT_EQ(DecodePathSegment("").value(), "");
}

TEST(PercentEncodingTest, PlusIsSpaceInQueriesOnly) {
  EXPECT_EQ(DecodePathSegment("a+b%2B").value(), "a+b+");
  EXPECT_EQ(DecodeQueryValue("a+b%2B").value(), "a b+");
}

TEST(PercentEncodingTest, RefusesBadEscapes) {
  for (const char* bad : {"abc%", "abc%4", "abc%4g", "abc%g4", "abc%%41"}) {
    SCOPED_TRACE(bad);
    absl::Status status = DecodePathSegment(bad).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("at byte 3"));
  }
}

TEST(PercentEncodingTest, RefusesWhatIsNotText) {
  EXPECT_THAT(std::string(DecodePathSegment("%ff").status().message()),
              HasSubstr("is not UTF-8"));
  EXPECT_THAT(std::string(DecodeQueryValue("%C3").status().message()),
              HasSubstr("is not UTF-8"));
  EXPECT_THAT(std::string(DecodePathSegment("a%00").status().message()),
              HasSubstr("holds U+0000"));
}

}  // namespace
}  // namespace causeway::matrix
