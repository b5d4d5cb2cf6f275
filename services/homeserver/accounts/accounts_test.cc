#include "services/homeserver/accounts/accounts.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class RecordingListener final : public ProfileListener {
 public:
  absl::Status ProfileChanged(const matrix::UserId& user_id,
                              const Profile& profile) override {
    told.emplace_back(user_id.str(), profile.display_name.value_or(""));
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    return result;
  }

  absl::Status result;
  std::function<void()> meanwhile;  // Called once, while it is being told.
  std::vector<std::pair<std::string, std::string>> told;
};

class AccountsTest : public ::testing::Test {
 protected:
  const matrix::UserId bob_ =
      matrix::UserId::Parse("@irc.freenode.net/Bob:hs.test").value();
  FakeUserStore store_;
  FakeClock clock_;
  Accounts accounts_{store_, clock_};
  RecordingListener listener_;
};

TEST_F(AccountsTest, GhostIsCreatedOnceAndKeepsItsProfile) {
  EXPECT_FALSE(accounts_.UserExists(bob_).value());
  ASSERT_TRUE(accounts_.EnsureGhost(bob_, {.display_name = "Bob"}).ok());
  ASSERT_TRUE(accounts_.EnsureGhost(bob_, {.display_name = "Robert"}).ok());
  EXPECT_TRUE(accounts_.UserExists(bob_).value());
  EXPECT_EQ(accounts_.GetProfile(bob_).value().display_name, "Bob");
}

TEST_F(AccountsTest, NobodyHasNoProfile) {
  absl::Status status = accounts_.GetProfile(bob_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetErrcode(status), "M_NOT_FOUND");
  status = accounts_.SetProfile(bob_, {.display_name = "Bob"}, listener_);
  EXPECT_EQ(GetErrcode(status), "M_NOT_FOUND");
  EXPECT_THAT(listener_.told, IsEmpty());
}

TEST_F(AccountsTest, ListenerHearsOfEveryChangeAndRepeat) {
  ASSERT_TRUE(accounts_.EnsureGhost(bob_, {}).ok());
  ASSERT_TRUE(
      accounts_.SetProfile(bob_, {.display_name = "Bob"}, listener_).ok());
  ASSERT_TRUE(
      accounts_.SetProfile(bob_, {.display_name = "Bob"}, listener_).ok());
  EXPECT_THAT(listener_.told,
              ElementsAre(Pair(bob_.str(), "Bob"), Pair(bob_.str(), "Bob")));
}

// Goal: of two changes at once the rooms keep the one that is stored. Method:
// the other one comes while the first is being told, and is told before it.
TEST_F(AccountsTest, ListenerHearsLastWhatStands) {
  ASSERT_TRUE(accounts_.EnsureGhost(bob_, {}).ok());
  listener_.meanwhile = [this] {
    ASSERT_TRUE(store_.ChangeProfile(bob_, {.display_name = "Robert"}).ok());
  };
  ASSERT_TRUE(
      accounts_.SetProfile(bob_, {.display_name = "Bob"}, listener_).ok());
  EXPECT_THAT(listener_.told,
              ElementsAre(Pair(bob_.str(), "Bob"), Pair(bob_.str(), "Robert")));
}

TEST_F(AccountsTest, ErrorOfTheListenerReachesTheClient) {
  ASSERT_TRUE(accounts_.EnsureGhost(bob_, {}).ok());
  listener_.result = absl::UnavailableError("rooms");
  EXPECT_EQ(accounts_.SetProfile(bob_, {.display_name = "B"}, listener_),
            absl::UnavailableError("rooms"));
}

TEST_F(AccountsTest, ProfileBeyondBoundsIsRefused) {
  const Profile too_long{.display_name = std::string(513, 'x'),
                         .avatar_url = std::nullopt};
  EXPECT_EQ(GetErrcode(accounts_.EnsureGhost(bob_, too_long)),
            "M_INVALID_PARAM");
  EXPECT_FALSE(accounts_.UserExists(bob_).value());
  EXPECT_EQ(GetErrcode(accounts_.SetProfile(bob_, too_long, listener_)),
            "M_INVALID_PARAM");
}

TEST_F(AccountsTest, StoreThatIsAwayIsUnavailable) {
  store_.FailWith(absl::UnavailableError("database"));
  EXPECT_EQ(accounts_.UserExists(bob_).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(accounts_.EnsureGhost(bob_, {}).code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace causeway::homeserver
