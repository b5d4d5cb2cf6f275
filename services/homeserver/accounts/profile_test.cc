#include "services/homeserver/accounts/profile.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;

TEST(CheckProfileTest, TakesWhatIsWithinBounds) {
  EXPECT_TRUE(CheckProfile({}).ok());
  EXPECT_TRUE(CheckProfile({.display_name = std::string(512, 'x'),
                            .avatar_url = std::string(2048, 'x')})
                  .ok());
}

TEST(CheckProfileTest, NamesTheFieldAndTheBound) {
  absl::Status status = CheckProfile(
      {.display_name = std::string(513, 'x'), .avatar_url = std::nullopt});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(std::string(status.message()), HasSubstr("displayname"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("512"));

  status = CheckProfile(
      {.display_name = std::nullopt, .avatar_url = std::string(2049, 'x')});
  EXPECT_THAT(std::string(status.message()), HasSubstr("avatar_url"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("2048"));
}

TEST(CheckProfileTest, RefusesWhatTheDatabaseCannotKeep) {
  EXPECT_EQ(CheckProfile({.display_name = std::string("a\0b", 3),
                          .avatar_url = std::nullopt})
                .code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(WithChangesTest, KeepsReplacesAndTakesAway) {
  const Profile old{.display_name = "Bob", .avatar_url = "mxc://a/b"};
  EXPECT_EQ(WithChanges(old, {}), old);
  EXPECT_EQ(
      WithChanges(old, {.display_name = "Robert", .avatar_url = std::nullopt}),
      (Profile{.display_name = "Robert", .avatar_url = "mxc://a/b"}));
  EXPECT_EQ(WithChanges(old, {.display_name = std::nullopt, .avatar_url = ""}),
            (Profile{.display_name = "Bob", .avatar_url = std::nullopt}));
}

}  // namespace
}  // namespace causeway::homeserver
