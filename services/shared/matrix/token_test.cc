#include "services/shared/matrix/token.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace causeway::matrix {
namespace {

TEST(TokenTest, Sha256OfKnownText) {
  // Source: FIPS 180-2, appendix B.1.
  EXPECT_EQ(Sha256Hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256("abc").size(), kSha256Bytes);
  EXPECT_EQ(absl::BytesToHexString(Sha256("abc")), Sha256Hex("abc"));
}

TEST(TokenTest, ComparesWholeTexts) {
  EXPECT_TRUE(ConstantTimeEqual("secret", "secret"));
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_FALSE(ConstantTimeEqual("secret", "secreT"));
  EXPECT_FALSE(ConstantTimeEqual("secret", "secret2"));
  EXPECT_FALSE(ConstantTimeEqual("secret", ""));
}

TEST(TokenTest, RandomTokensHave256BitsAndDiffer) {
  std::string hex = RandomHexToken();
  EXPECT_EQ(hex.size(), 64u);
  for (char c : hex) EXPECT_TRUE(absl::ascii_isxdigit(c)) << c;
  EXPECT_NE(hex, RandomHexToken());

  std::string base64url = RandomBase64UrlToken();
  EXPECT_EQ(base64url.size(), 43u);
  for (char c : base64url) {
    EXPECT_TRUE(absl::ascii_isalnum(c) || c == '-' || c == '_') << c;
  }
  EXPECT_NE(base64url, RandomBase64UrlToken());
}

}  // namespace
}  // namespace causeway::matrix
