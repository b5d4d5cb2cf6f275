#include "services/shared/namespaces/containment.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "services/shared/status/errcode.h"

namespace causeway::namespaces {
namespace {

TEST(ContainmentTest, EqualRegexIsContained) {
  EXPECT_TRUE(CheckContained("users[0]", "@irc_.*", {"@x.*", "@irc_.*"}).ok());
}

TEST(ContainmentTest, AllIsAllowedUnderTheWidestCeiling) {
  EXPECT_TRUE(CheckContained("users[0]", "@irc_.*", {".*"}).ok());
}

TEST(ContainmentTest, RefusalNamesFieldAndRegex) {
  absl::Status status = CheckContained("users[1]", "@irc_.*", {"@irc_a.*"});
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
  EXPECT_EQ(std::string(status.message()),
            "users[1] \"@irc_.*\" exceeds the grant");
}

TEST(ContainmentTest, NoCeilingAllowsNothing) {
  EXPECT_FALSE(CheckContained("rooms[0]", "!a", {}).ok());
}

}  // namespace
}  // namespace causeway::namespaces
