#include "services/homeserver/accounts/user_store_contract.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
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

// Goal: what a token is good for is known by the one that there is now.
TEST_P(UserStoreContract, TokenKeepsItsOrigin) {
  const TokenOrigin irc{.appservice_uid = "11", .registry_revision = 7};
  StoredDevice device = Device("@alice:hs.test", "D", 'a');
  device.origin = irc;
  ASSERT_TRUE(store_->CreateUser(Alice(), device, kNow).ok());
  EXPECT_EQ(store_->FindToken(std::string(32, 'a')).value()->origin, irc);
  device.access_token_sha256 = std::string(32, 'b');
  device.origin->appservice_uid = "12";
  ASSERT_TRUE(store_->PutDevice(device, kNow).ok());
  EXPECT_EQ(store_->FindToken(std::string(32, 'b')).value()->origin,
            device.origin);
  ASSERT_TRUE(store_->PutDevice(Device("@alice:hs.test", "D", 'c'), kNow).ok());
  EXPECT_EQ(store_->FindToken(std::string(32, 'c')).value()->origin,
            std::nullopt);
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

TEST_P(UserStoreContract, PasswordIsReplacedAndOtherDevicesEnd) {
  ASSERT_TRUE(
      store_->CreateUser(Alice(), Device("@alice:hs.test", "D", 'd'), kNow)
          .ok());
  ASSERT_TRUE(store_->PutDevice(Device("@alice:hs.test", "E", 'e'), kNow).ok());
  const matrix::UserId alice = User("@alice:hs.test");
  ASSERT_TRUE(store_->SetPassword(alice, "new", std::nullopt).ok());
  EXPECT_EQ(store_->FindUser(alice).value()->password_hash, "new");
  EXPECT_TRUE(store_->FindToken(std::string(32, 'd')).value().has_value());
  ASSERT_TRUE(store_->SetPassword(alice, "newer", "E").ok());
  EXPECT_EQ(store_->FindUser(alice).value()->password_hash, "newer");
  EXPECT_FALSE(store_->FindToken(std::string(32, 'd')).value().has_value());
  EXPECT_TRUE(store_->FindToken(std::string(32, 'e')).value().has_value());
  EXPECT_EQ(store_->SetPassword(User("@bob:hs.test"), "x", std::nullopt).code(),
            absl::StatusCode::kNotFound);
}

TEST_P(UserStoreContract, DeactivatedUserHasNothingAndKeepsItsName) {
  ASSERT_TRUE(
      store_->CreateUser(Alice(), Device("@alice:hs.test", "D", 'd'), kNow)
          .ok());
  const matrix::UserId alice = User("@alice:hs.test");
  EXPECT_FALSE(store_->FindUser(alice).value()->is_deactivated);
  ASSERT_TRUE(store_->Deactivate(alice, kNow).ok());
  ASSERT_TRUE(store_->Deactivate(alice, kNow + absl::Hours(1)).ok());
  const StoredUser gone = store_->FindUser(alice).value().value();
  EXPECT_TRUE(gone.is_deactivated);
  EXPECT_EQ(gone.password_hash, "");
  EXPECT_EQ(gone.profile, Profile());
  EXPECT_EQ(store_->ListUsers("", 10).value().at(0).deactivate_time, kNow);
  EXPECT_FALSE(store_->FindToken(std::string(32, 'd')).value().has_value());
  EXPECT_EQ(store_->CreateUser(Alice(), std::nullopt, kNow).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(store_->PutDevice(Device("@alice:hs.test", "D", 'a'), kNow).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->SetPassword(alice, "x", std::nullopt).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ChangeProfile(alice, Alice().profile).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->Deactivate(User("@bob:hs.test"), kNow).code(),
            absl::StatusCode::kNotFound);
}

TEST_P(UserStoreContract, StandingIsThatOfTheUserAtOnce) {
  const matrix::UserId alice = User("@alice:hs.test");
  EXPECT_EQ(store_->FindStanding(alice).value(), UserStanding::kNone);
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  EXPECT_EQ(store_->FindStanding(alice).value(), UserStanding::kActive);
  EXPECT_EQ(store_->FindStanding(alice).value(), UserStanding::kActive);
  ASSERT_TRUE(store_->Deactivate(alice, kNow).ok());
  EXPECT_EQ(store_->FindStanding(alice).value(), UserStanding::kDeactivated);
}

TEST_P(UserStoreContract, ListsUsersPageByPage) {
  for (const char* name :
       {"@bob:hs.test", "@Alice:hs.test", "@alice:hs.test"}) {
    StoredUser user = Alice();
    user.user_id = User(name);
    if (user.user_id.str() != "@alice:hs.test") user.password_hash = "";
    ASSERT_TRUE(store_->CreateUser(user, std::nullopt, kNow).ok());
  }
  const std::vector<UserSummary> page = store_->ListUsers("", 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].user_id, "@Alice:hs.test");
  EXPECT_FALSE(page[0].has_password);
  EXPECT_EQ(page[1].user_id, "@alice:hs.test");
  EXPECT_TRUE(page[1].has_password);
  EXPECT_EQ(page[1].display_name, "Alice");
  EXPECT_EQ(page[1].create_time, kNow);
  EXPECT_FALSE(page[1].deactivate_time.has_value());
  const std::vector<UserSummary> rest =
      store_->ListUsers("@alice:hs.test", 2).value();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].user_id, "@bob:hs.test");
}

TEST_P(UserStoreContract, DevicesAreListedNamedAndDeleted) {
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  const matrix::UserId alice = User("@alice:hs.test");
  for (char token : {'c', 'a', 'b'}) {
    ASSERT_TRUE(
        store_
            ->PutDevice(Device("@alice:hs.test", std::string(1, token), token),
                        kNow)
            .ok());
  }
  ASSERT_TRUE(store_->RenameDevice(alice, "b", "a laptop").ok());
  EXPECT_EQ(store_->RenameDevice(alice, "x", "?").code(),
            absl::StatusCode::kNotFound);
  const std::vector<StoredDevice> devices = store_->ListDevices(alice).value();
  ASSERT_EQ(devices.size(), 3u);
  EXPECT_EQ(devices[0].device_id, "a");
  EXPECT_EQ(devices[0].display_name, "a phone");
  EXPECT_EQ(devices[0].access_token_sha256, "");
  EXPECT_EQ(store_->FindDevice(alice, "b").value()->display_name, "a laptop");
  EXPECT_FALSE(store_->FindDevice(alice, "x").value().has_value());
  ASSERT_TRUE(store_->DeleteDevices(alice, {"a", "x", "c"}).ok());
  EXPECT_EQ(store_->ListDevices(alice).value().size(), 1u);
  EXPECT_FALSE(store_->FindToken(std::string(32, 'a')).value().has_value());
}

TEST_P(UserStoreContract, DevicesMayHaveNoToken) {
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  const matrix::UserId alice = User("@alice:hs.test");
  for (const char* id : {"D", "E"}) {
    StoredDevice device = Device("@alice:hs.test", id, 'x');
    device.access_token_sha256.clear();
    ASSERT_TRUE(store_->PutDevice(device, kNow).ok());
  }
  EXPECT_EQ(store_->ListDevices(alice).value().size(), 2u);
  ASSERT_TRUE(store_->PutDevice(Device("@alice:hs.test", "D", 'd'), kNow).ok());
  EXPECT_EQ(store_->FindToken(std::string(32, 'd')).value()->device_id, "D");
}

TEST_P(UserStoreContract, DeviceIsThePersonsWhereThePersonLoggedIn) {
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  const matrix::UserId alice = User("@alice:hs.test");
  StoredDevice device = Device("@alice:hs.test", "D", 'd');
  ASSERT_TRUE(store_->PutDevice(device, kNow).ok());
  EXPECT_TRUE(store_->FindDevice(alice, "D").value()->is_persons);
  device.origin = {.appservice_uid = "11", .registry_revision = 7};
  ASSERT_TRUE(store_->PutDevice(device, kNow).ok());
  EXPECT_FALSE(store_->FindDevice(alice, "D").value()->is_persons);
  device = Device("@alice:hs.test", "E", 'e');
  device.access_token_sha256.clear();
  ASSERT_TRUE(store_->PutDevice(device, kNow).ok());
  EXPECT_FALSE(store_->FindDevice(alice, "E").value()->is_persons);
}

TEST_P(UserStoreContract, DevicesOfAUserAreBounded) {
  ASSERT_TRUE(store_->CreateUser(Alice(), std::nullopt, kNow).ok());
  StoredDevice device = Device("@alice:hs.test", "", 'x');
  device.access_token_sha256.clear();
  for (size_t i = 0; i < kDevicesPerUserMax; ++i) {
    device.device_id = absl::StrCat(i);
    ASSERT_TRUE(store_->PutDevice(device, kNow).ok());
  }
  EXPECT_TRUE(store_->PutDevice(device, kNow).ok());
  device.device_id = "one more";
  EXPECT_EQ(store_->PutDevice(device, kNow).code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace causeway::homeserver
