#include "services/shared/files/token_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace causeway::files {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Write(const std::string& bytes) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/token");
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(TokenFileTest, LosesItsNewlineOnly) {
  EXPECT_EQ(ReadTokenFile(Write("a$b/c\n")).value(), "a$b/c");
  EXPECT_EQ(ReadTokenFile(Write("a$b/c\r\n")).value(), "a$b/c");
  EXPECT_EQ(ReadTokenFile(Write("a$b/c")).value(), "a$b/c");
}

TEST(TokenFileTest, LongestTokenIsTaken) {
  const std::string token(kTokenBytesMax, 't');
  EXPECT_EQ(ReadTokenFile(Write(token + "\r\n")).value(), token);
}

TEST(TokenFileTest, MissingFileIsNamed) {
  absl::Status status = ReadTokenFile("/nonexistent/token").status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("/nonexistent/token"));
}

struct BadCase {
  const char* name;
  std::string bytes;
  const char* message;
};

class BadTokenTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadTokenTest, IsRefusedWithoutShowingIt) {
  absl::Status status = ReadTokenFile(Write(GetParam().bytes)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(GetParam().message), Not(HasSubstr("secret"))));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadTokenTest,
    ::testing::Values(BadCase{"Empty", "\n", "holds no token"},
                      BadCase{"TwoLines", "secret\nsecret\n", "holds more"},
                      BadCase{"Blank", "secret one", "holds more"},
                      BadCase{"Long", std::string(kTokenBytesMax + 1, 't'),
                              "more than 1024"},
                      BadCase{"File", std::string(kTokenBytesMax + 9, 't'),
                              "more than 1026"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace causeway::files
