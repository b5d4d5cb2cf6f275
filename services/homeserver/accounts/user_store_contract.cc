#include "services/homeserver/accounts/user_store_contract.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1421416800);

matrix::UserId User(absl::string_view text) {
  return matrix::UserId::Parse(text).value();
}

StoredUser Alice() {
  return {.user_id = User("@alice:hs.test"),
          .password_hash = "hash",
          .profile = {.display_name = "Alice", .avatar_url = std::nullopt}};
}

// Token `token` is 32 times that character.
StoredDevice Device(absl::string_view user_id, absl::string_view device_id,
                    char token) {
  return {.user_id = User(user_id),
          .device_id = std::string(device_id),
          .display_name = "a phone",
          .access_token_sha256 = std::string(32, token)};
}

TEST_P(UserStoreContract, KeepsAUser) {
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  std::optional<StoredUser> found =
      store_->FindUser(User("@alice:hs.test")).value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->user_id.str(), "@alice:hs.test");
  EXPECT_EQ(found->password_hash, "hash");
  EXPECT_EQ(found->profile, Alice().profile);
  EXPECT_FALSE(store_->FindUser(User("@bob:hs.test")).value().has_value());
}

TEST_P(UserStoreContract, KeepsAVirtualUserOfTheDraftsKind) {
  StoredUser bob{.user_id = User("@irc.freenode.net/Bob:hs.test"),
                 .password_hash = "",
                 .profile = {}};
  ASSERT_TRUE(store_->CreateUser(bob, std::nullopt, kNow).ok());
  std::optional<StoredUser> found = store_->FindUser(bob.user_id).value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->password_hash, "");
  EXPECT_EQ(found->profile, Profile());
}

TEST_P(UserStoreContract, UserIsCreatedOnce) {
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  StoredUser other = Alice();
  other.password_hash = "other";
  EXPECT_EQ(store_->CreateUser(other, Device("@alice:hs.test", "D", 'd'), kNow)
                .code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(store_->FindUser(other.user_id).value()->password_hash, "hash");
  EXPECT_FALSE(store_->FindToken(std::string(32, 'd')).value().has_value());
}

TEST_P(UserStoreContract, UserAndDeviceComeTogether) {
  ASSERT_TRUE(
      store_->CreateUser(Alice(), Device("@alice:hs.test", "D", 'd'), kNow)
          .ok());
  std::optional<StoredDevice> owner =
      store_->FindToken(std::string(32, 'd')).value();
  ASSERT_TRUE(owner.has_value());
  EXPECT_EQ(owner->user_id.str(), "@alice:hs.test");
  EXPECT_EQ(owner->device_id, "D");
}

TEST_P(UserStoreContract, ChangesProfileFieldByField) {
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  const matrix::UserId alice = User("@alice:hs.test");
  EXPECT_EQ(store_
                ->ChangeProfile(alice, {.display_name = std::nullopt,
                                        .avatar_url = "mxc://a/b"})
                .value(),
            (Profile{.display_name = "Alice", .avatar_url = "mxc://a/b"}));
  EXPECT_EQ(store_
                ->ChangeProfile(
                    alice, {.display_name = "", .avatar_url = std::nullopt})
                .value(),
            (Profile{.display_name = std::nullopt, .avatar_url = "mxc://a/b"}));
  EXPECT_EQ(store_->ChangeProfile(alice, {}).value(),
            store_->FindUser(alice).value()->profile);
  EXPECT_EQ(store_->ChangeProfile(User("@bob:hs.test"), {}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_P(UserStoreContract, DeviceHasOneToken) {
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  ASSERT_TRUE(store_->PutDevice(Device("@alice:hs.test", "D", 'a'), kNow).ok());
  ASSERT_TRUE(store_->PutDevice(Device("@alice:hs.test", "E", 'b'), kNow).ok());
  ASSERT_TRUE(store_->PutDevice(Device("@alice:hs.test", "D", 'c'), kNow).ok());
  EXPECT_FALSE(store_->FindToken(std::string(32, 'a')).value().has_value());
  EXPECT_EQ(store_->FindToken(std::string(32, 'b')).value()->device_id, "E");
  EXPECT_EQ(store_->FindToken(std::string(32, 'c')).value()->device_id, "D");
}

TEST_P(UserStoreContract, DeviceNeedsAUser) {
  EXPECT_EQ(store_->PutDevice(Device("@alice:hs.test", "D", 'a'), kNow).code(),
            absl::StatusCode::kNotFound);
}

TEST_P(UserStoreContract, DeletesOneDeviceOrAll) {
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  StoredUser bob = Alice();
  bob.user_id = User("@bob:hs.test");
  ASSERT_TRUE(
      store_->CreateUser(bob, Device("@bob:hs.test", "D", 'x'), kNow).ok());
  for (char token : {'a', 'b', 'c'}) {
    ASSERT_TRUE(
        store_
            ->PutDevice(Device("@alice:hs.test", std::string(1, token), token),
                        kNow)
            .ok());
  }
  ASSERT_TRUE(store_->DeleteDevice(std::string(32, 'a')).ok());
  ASSERT_TRUE(store_->DeleteDevice(std::string(32, 'a')).ok());
  EXPECT_FALSE(store_->FindToken(std::string(32, 'a')).value().has_value());
  EXPECT_TRUE(store_->FindToken(std::string(32, 'b')).value().has_value());

  ASSERT_TRUE(store_->DeleteAllDevices(User("@alice:hs.test")).ok());
  EXPECT_FALSE(store_->FindToken(std::string(32, 'b')).value().has_value());
  EXPECT_FALSE(store_->FindToken(std::string(32, 'c')).value().has_value());
  EXPECT_TRUE(store_->FindToken(std::string(32, 'x')).value().has_value());
}

}  // namespace
}  // namespace causeway::homeserver
