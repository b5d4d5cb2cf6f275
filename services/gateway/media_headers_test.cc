#include "services/gateway/media_headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace causeway::gateway {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string Disposition(absl::string_view content_type,
                        absl::string_view file_name = "") {
  return MediaHeaders(content_type, file_name).front().second;
}

TEST(MediaHeadersTest, OnlyWhatCannotActIsShownInline) {
  EXPECT_EQ(Disposition("image/png"), "inline");
  EXPECT_EQ(Disposition("Text/Plain; charset=utf-8"), "inline");
  for (const char* type :
       {"text/html", "image/svg+xml", "application/pdf", "text/javascript",
        "application/xhtml+xml", "", "image/png, text/html", "nonsense"}) {
    SCOPED_TRACE(type);
    EXPECT_EQ(Disposition(type), "attachment");
  }
}

TEST(MediaHeadersTest, FileNamesCannotBreakOut) {
  EXPECT_EQ(Disposition("image/png", "a b.png"),
            "inline; filename=\"a b.png\"");
  EXPECT_EQ(Disposition("image/png", "a\"; filename=b.html"),
            "inline; filename*=UTF-8''a%22%3B%20filename%3Db.html");
  EXPECT_EQ(Disposition("text/html", "\xc3\xa4%41.html"),
            "attachment; filename*=UTF-8''%C3%A4%2541.html");
}

TEST(MediaHeadersTest, NothingGetsOutOfTheSandbox) {
  const auto headers = MediaHeaders("image/png", "");
  EXPECT_THAT(headers,
              Contains(Pair("Content-Security-Policy",
                            HasSubstr("sandbox; default-src 'none'"))));
  EXPECT_THAT(headers, Contains(Pair("X-Content-Type-Options", "nosniff")));
  EXPECT_THAT(headers,
              Contains(Pair("Cross-Origin-Resource-Policy", "cross-origin")));
}

TEST(MediaHeadersTest, KnowsPictures) {
  EXPECT_TRUE(IsPicture("image/jpeg"));
  EXPECT_TRUE(IsPicture("IMAGE/WEBP; q=1"));
  EXPECT_FALSE(IsPicture("image/svg+xml"));
  EXPECT_FALSE(IsPicture("text/plain"));
}

}  // namespace
}  // namespace causeway::gateway
