#include "services/shared/registration_file/registration_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "services/shared/status/errcode.h"

namespace causeway::registration_file {
namespace {

using ::testing::HasSubstr;

TEST(RegistrationFieldsTest, AsTokenMissing) {
  absl::Status status = CheckAsToken("");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetErrcode(status), "M_MISSING_TOKEN");
}

TEST(RegistrationFieldsTest, AsTokenTooLong) {
  EXPECT_TRUE(CheckAsToken(std::string(1024, 'x')).ok());
  absl::Status status = CheckAsToken(std::string(1025, 'x'));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("as_token"));
}

TEST(RegistrationFieldsTest, HsTokenMustFitAHeader) {
  EXPECT_TRUE(CheckHsToken("").ok());
  EXPECT_TRUE(CheckHsToken("~T_h+/=!").ok());
  EXPECT_FALSE(CheckHsToken("a b").ok());
  EXPECT_FALSE(CheckHsToken("a\r\nHost: b").ok());
  absl::Status status = CheckHsToken(std::string(1025, 'x'));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("hs_token"));
}

}  // namespace
}  // namespace causeway::registration_file
