#include "services/ctl/secret_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/ctl/outcome.h"
#include "services/shared/files/read_file.h"

namespace causeway::ctl {
namespace {

using ::testing::HasSubstr;

TEST(SecretFileTest, IsItsOwnersAndNeverWrittenOver) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/new_secret");
  ASSERT_TRUE(WriteSecretFile(path, "T_h\n").ok());
  EXPECT_EQ(files::ReadFile(path, 10).value(), "T_h\n");
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const absl::Status again = WriteSecretFile(path, "T_i\n");
  EXPECT_TRUE(IsBadUsage(again)) << again;
  EXPECT_THAT(std::string(again.message()), HasSubstr(path));
  EXPECT_EQ(files::ReadFile(path, 10).value(), "T_h\n");
}

// NOT_FOUND would say that a service doesn't have it.
TEST(SecretFileTest, AMissingFolderIsBadUsage) {
  const absl::Status status = WriteSecretFile("/nonexistent/secret", "T_h\n");
  EXPECT_TRUE(IsBadUsage(status)) << status;
}

}  // namespace
}  // namespace causeway::ctl
