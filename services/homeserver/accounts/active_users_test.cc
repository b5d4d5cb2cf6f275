#include "services/homeserver/accounts/active_users.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::homeserver {
namespace {

constexpr char kGhost[] = "@irc_a:hs";

class ActiveUsersTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  ActiveUsers users_{clock_};
};

TEST_F(ActiveUsersTest, RemembersForAWhile) {
  EXPECT_FALSE(users_.Contains(kGhost));
  users_.Add(kGhost, users_.RemovalCount());
  clock_.AdvanceTime(ActiveUsers::kAgeMax - absl::Nanoseconds(1));
  EXPECT_TRUE(users_.Contains(kGhost));
  clock_.AdvanceTime(absl::Nanoseconds(1));
  EXPECT_FALSE(users_.Contains(kGhost));
  users_.Add(kGhost, users_.RemovalCount());
  EXPECT_TRUE(users_.Contains(kGhost));
}

TEST_F(ActiveUsersTest, ForgetsWhoIsRemoved) {
  users_.Add(kGhost, users_.RemovalCount());
  users_.Remove(kGhost);
  EXPECT_FALSE(users_.Contains(kGhost));
}

// Goal: what was seen before a removal, and is told after it, doesn't count.
TEST_F(ActiveUsersTest, DoesNotRememberWhatWasSeenBeforeARemoval) {
  const int64_t before = users_.RemovalCount();
  users_.Remove(kGhost);
  users_.Add(kGhost, before);
  EXPECT_FALSE(users_.Contains(kGhost));
}

TEST_F(ActiveUsersTest, IsBounded) {
  users_.Add(kGhost, 0);
  for (size_t i = 0; i < ActiveUsers::kCountMax - 1; ++i) {
    users_.Add(absl::StrCat("@", i, ":hs"), 0);
  }
  EXPECT_TRUE(users_.Contains(kGhost));
  users_.Add("@one_more:hs", 0);
  EXPECT_FALSE(users_.Contains(kGhost));
  EXPECT_TRUE(users_.Contains("@one_more:hs"));
}

}  // namespace
}  // namespace causeway::homeserver
