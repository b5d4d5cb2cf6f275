#include "services/push_dispatcher/delivery/answer_excerpt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

AnswerSecrets Secrets(absl::string_view hs_token, absl::string_view as_token) {
  return {.hs_token = std::string(hs_token),
          .as_token_sha256 = matrix::Sha256(as_token)};
}

std::string Excerpt(absl::string_view body) {
  return AnswerExcerpt(body, Secrets("T_h", "T_a"));
}

TEST(AnswerExcerptTest, IsTheBeginningOnOneLine) {
  EXPECT_EQ(Excerpt(""), "");
  EXPECT_EQ(Excerpt(R"({"errcode":"M_BAD"})"), R"({"errcode":"M_BAD"})");
  EXPECT_EQ(Excerpt("<p>\r\n\x1b[31m\tno"), "<p>   [31m no");
  EXPECT_EQ(Excerpt(std::string(600, 'x')), std::string(512, 'x'));
  EXPECT_EQ(Excerpt(std::string(1 << 16, 'x')), std::string(512, 'x'));
}

TEST(AnswerExcerptTest, IsUtf8) {
  EXPECT_EQ(Excerpt("\xff\xc3\xa9\xc3"), "\xEF\xBF\xBD\xc3\xa9\xEF\xBF\xBD");
  for (int offset = 0; offset < 4; ++offset) {
    std::string body(static_cast<size_t>(offset), 'x');
    for (int i = 0; i < 300; ++i) body += "\xe2\x82\xac";
    const std::string excerpt = Excerpt(body);
    EXPECT_TRUE(matrix::IsValidUtf8(excerpt));
    EXPECT_GT(excerpt.size(), kAnswerExcerptBytesMax - 3);
    EXPECT_LE(excerpt.size(), kAnswerExcerptBytesMax);
  }
}

TEST(AnswerExcerptTest, HidesTokens) {
  EXPECT_EQ(Excerpt("PUT /t/1?access_token=T_h failed"),
            "PUT /t/1?access_token=(token) failed");
  EXPECT_EQ(AnswerExcerpt("a%2Bb%3D and a+b=", Secrets("a+b=", "")),
            "(token) and (token)");
  for (const char* as_token : {"T_a", "a+b/c==", "e.y.J", "~x-"}) {
    const AnswerSecrets secrets = Secrets("T_h", as_token);
    for (const char* before : {"", "Bearer ", "\"", "access_token=", "/t/"}) {
      for (const char* after : {"", " ", "\"", "&x=1", ".", ", no", "/x"}) {
        // What can't be told from a longer one.
        if (absl::string_view(as_token).find_first_of("+.-") !=
                absl::string_view::npos &&
            absl::string_view(after) == "/x") {
          continue;
        }
        const std::string body = absl::StrCat(before, as_token, after);
        EXPECT_EQ(AnswerExcerpt(body, secrets),
                  absl::StrCat(before, "(token)", after));
      }
    }
  }
}

TEST(AnswerExcerptTest, ShowsNoPartOfAToken) {
  const std::string token(64, 't');
  std::string body;
  while (body.size() < 10000) absl::StrAppend(&body, token, " ");
  for (const AnswerSecrets& secrets :
       {Secrets(token, ""), Secrets("T_h", token)}) {
    EXPECT_THAT(AnswerExcerpt(body, secrets), Not(HasSubstr("tt")));
  }
}

}  // namespace
}  // namespace causeway::push
