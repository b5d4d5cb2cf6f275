#include "services/ctl/input_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/ctl/outcome.h"

namespace causeway::ctl {
namespace {

using ::testing::HasSubstr;

constexpr char kMissing[] = "/nonexistent/input";

std::string Write(const std::string& bytes) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/input");
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

void ExpectBadUsage(const absl::Status& status, const std::string& path) {
  EXPECT_TRUE(IsBadUsage(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST(InputFileTest, WhatIsMissingIsBadUsage) {
  ExpectBadUsage(ReadInput(kMissing, 10).status(), kMissing);
  ExpectBadUsage(ReadToken(kMissing).status(), kMissing);
  ExpectBadUsage(ReadRegistration(kMissing).status(), kMissing);
}

TEST(InputFileTest, WhatCannotBeUnderstoodIsBadUsage) {
  const std::string path = Write("not: a registration\n");
  ExpectBadUsage(ReadInput(path, 3).status(), path);
  ExpectBadUsage(ReadToken(path).status(), path);
  ExpectBadUsage(ReadRegistration(path).status(), path);
}

TEST(InputFileTest, ReadsWhatIsThere) {
  const std::string path = Write("T_a\n");
  EXPECT_EQ(ReadInput(path, 4).value(), "T_a\n");
  EXPECT_EQ(ReadToken(path).value(), "T_a");
}

}  // namespace
}  // namespace causeway::ctl
