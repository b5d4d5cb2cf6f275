#include "services/shared/access/operator_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace causeway::access {
namespace {

using ::testing::HasSubstr;

class OperatorTokenTest : public ::testing::Test {
 protected:
  void Write(const std::string& text) const { std::ofstream(path_) << text; }

  const std::string path_ = ::testing::TempDir() + "/operator.token";
  const std::string token_ = std::string(64, 'a');
};

TEST_F(OperatorTokenTest, IsTheOnlyLine) {
  Write(token_ + "\n");
  const absl::StatusOr<OperatorToken> token = OperatorToken::FromFile(path_);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_TRUE(token->IsShownBy(AuthorizationBy(token_)));
  EXPECT_FALSE(token->IsShownBy(AuthorizationBy(token_ + "\n")));
  EXPECT_FALSE(token->IsShownBy(AuthorizationBy(token_.substr(1))));
  EXPECT_FALSE(token->IsShownBy(AuthorizationBy("")));
  EXPECT_FALSE(token->IsShownBy(token_));
  EXPECT_FALSE(token->IsShownBy("Basic " + token_));
  EXPECT_FALSE(token->IsShownBy(""));
}

TEST_F(OperatorTokenTest, FollowsTheFile) {
  Write(token_);
  const absl::StatusOr<OperatorToken> token = OperatorToken::FromFile(path_);
  ASSERT_TRUE(token.ok()) << token.status();
  const std::string next(64, 'b');
  Write(next);
  EXPECT_FALSE(token->IsShownBy(AuthorizationBy(token_)));
  EXPECT_TRUE(token->IsShownBy(AuthorizationBy(next)));
}

TEST_F(OperatorTokenTest, NobodyHasItWhenTheFileIsGone) {
  Write(token_);
  const absl::StatusOr<OperatorToken> token = OperatorToken::FromFile(path_);
  ASSERT_TRUE(token.ok()) << token.status();
  std::remove(path_.c_str());
  EXPECT_FALSE(token->IsShownBy(AuthorizationBy(token_)));
  EXPECT_FALSE(token->IsShownBy(AuthorizationBy("")));
}

TEST_F(OperatorTokenTest, BadFilesAreNamed) {
  std::remove(path_.c_str());
  for (const std::string& text :
       {std::string(), std::string("short"), token_ + "\n" + token_,
        token_ + " ", std::string(1025, 'a')}) {
    const absl::Status status = OperatorToken::FromFile(path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
    Write(text);
  }
  EXPECT_FALSE(OperatorToken::FromFile(path_).ok());
}

}  // namespace
}  // namespace causeway::access
