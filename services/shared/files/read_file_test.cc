#include "services/shared/files/read_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace causeway::files {
namespace {

using ::testing::HasSubstr;

std::string Write(const std::string& bytes) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/file");
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(ReadFileTest, GivesEveryByte) {
  const std::string bytes("\0a\r\n\xff", 5);
  EXPECT_EQ(ReadFile(Write(bytes), 5).value(), bytes);
  EXPECT_EQ(ReadFile(Write(bytes), 5000).value(), bytes);
  EXPECT_EQ(ReadFile(Write(""), 0).value(), "");
}

TEST(ReadFileTest, RefusesWhatIsTooLong) {
  const std::string path = Write("12345");
  const absl::Status status = ReadFile(path, 4).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_EQ(status.message(), absl::StrCat(path, " has more than 4 bytes"));
}

TEST(ReadFileTest, MissingFileIsNamed) {
  const absl::Status status = ReadFile("/nonexistent/file", 10).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/file"));
}

TEST(ReadFileTest, FolderIsNoFile) {
  EXPECT_FALSE(ReadFile(::testing::TempDir(), 10).ok());
}

}  // namespace
}  // namespace causeway::files
