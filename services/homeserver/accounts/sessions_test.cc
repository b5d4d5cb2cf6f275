#include "services/homeserver/accounts/sessions.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/accounts/password_hash.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/authorization.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;

constexpr ScryptCost kCheap{.n_log2 = 4, .r = 8, .p = 1};

const TokenOrigin kIrc = {.appservice_uid = "11", .registry_revision = 7};

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() {
    EXPECT_TRUE(
        store_
            .CreateUser({.user_id = alice_,
                         .password_hash = HashPassword("wonder", kCheap),
                         .profile = {}},
                        std::nullopt, clock_.Now())
            .ok());
    EXPECT_TRUE(
        store_
            .CreateUser({.user_id = ghost_, .password_hash = "", .profile = {}},
                        std::nullopt, clock_.Now())
            .ok());
  }

  absl::StatusOr<StoredDevice> Authenticate(const std::string& access_token) {
    return sessions_.Authenticate(matrix::Sha256(access_token));
  }

  static ActingUser Acting(const matrix::UserId& user_id,
                           const std::string& token_appservice_uid = "") {
    return {.user_id = user_id,
            .device_id = "",
            .appservice_uid = "",
            .token_appservice_uid = token_appservice_uid,
            .txn_scope = ""};
  }

  const matrix::UserId alice_ = matrix::UserId::Parse("@alice:hs.test").value();
  const matrix::UserId ghost_ =
      matrix::UserId::Parse("@irc_bob:hs.test").value();
  const matrix::UserId nobody_ =
      matrix::UserId::Parse("@nobody:hs.test").value();
  FakeUserStore store_;
  FakeClock clock_;
  Sessions sessions_{store_, clock_, kCheap};
};

TEST_F(SessionsTest, TokenOfALogInIsHers) {
  Session session = sessions_.LogInByPassword(alice_, "wonder", {}).value();
  EXPECT_EQ(session.user_id, alice_);
  EXPECT_NE(session.device_id, "");
  StoredDevice device = Authenticate(session.access_token).value();
  EXPECT_EQ(device.user_id, alice_);
  EXPECT_EQ(device.device_id, session.device_id);
  EXPECT_EQ(device.origin, std::nullopt);
}

TEST_F(SessionsTest, WrongUserAndWrongPasswordAreNotToldApart) {
  absl::Status wrong_password =
      sessions_.LogInByPassword(alice_, "wander", {}).status();
  EXPECT_EQ(wrong_password.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(wrong_password), "M_FORBIDDEN");
  EXPECT_EQ(sessions_.LogInByPassword(nobody_, "wonder", {}).status(),
            wrong_password);
  EXPECT_EQ(
      sessions_.LogInByPassword(alice_, std::string(513, 'x'), {}).status(),
      wrong_password);
  // Nobody has a virtual user's password, the empty one included.
  EXPECT_EQ(sessions_.LogInByPassword(ghost_, "", {}).status(), wrong_password);
}

TEST_F(SessionsTest, AppserviceLogsInItsUserWithoutPassword) {
  Session session =
      sessions_.LogIn(ghost_, {.device_id = "D", .display_name = ""}, kIrc)
          .value();
  const StoredDevice device = Authenticate(session.access_token).value();
  EXPECT_EQ(device.user_id, ghost_);
  EXPECT_EQ(device.origin, kIrc);
  EXPECT_EQ(GetErrcode(sessions_.LogIn(nobody_, {}, kIrc).status()),
            "M_NOT_FOUND");
}

TEST_F(SessionsTest, LoggingInOnADeviceAgainEndsItsOldToken) {
  const DeviceRequest request{.device_id = "D", .display_name = "phone"};
  Session first = sessions_.LogIn(alice_, request, kIrc).value();
  Session second = sessions_.LogIn(alice_, request, kIrc).value();
  EXPECT_EQ(second.device_id, "D");
  EXPECT_NE(first.access_token, second.access_token);
  EXPECT_FALSE(Authenticate(first.access_token).ok());
  EXPECT_TRUE(Authenticate(second.access_token).ok());
}

TEST_F(SessionsTest, MadeUpDevicesDiffer) {
  EXPECT_NE(sessions_.LogIn(alice_, {}, kIrc).value().device_id,
            sessions_.LogIn(alice_, {}, kIrc).value().device_id);
}

TEST_F(SessionsTest, LoggingOutEndsTheTokenForGood) {
  Session session = sessions_.LogIn(alice_, {}, kIrc).value();
  std::string sha256 = matrix::Sha256(session.access_token);
  ASSERT_TRUE(sessions_.LogOut(sha256).ok());
  ASSERT_TRUE(sessions_.LogOut(sha256).ok());
  absl::Status status = Authenticate(session.access_token).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetErrcode(status), "M_UNKNOWN_TOKEN");
}

TEST_F(SessionsTest, LoggingOutEverywhereEndsAllOfOneUser) {
  Session first = sessions_.LogIn(alice_, {}, kIrc).value();
  Session second = sessions_.LogIn(alice_, {}, kIrc).value();
  Session ghosts = sessions_.LogIn(ghost_, {}, kIrc).value();
  ASSERT_TRUE(sessions_.LogOutEverywhere(Acting(alice_)).ok());
  EXPECT_FALSE(Authenticate(first.access_token).ok());
  EXPECT_FALSE(Authenticate(second.access_token).ok());
  EXPECT_TRUE(Authenticate(ghosts.access_token).ok());
}

// In a namespace that isn't exclusive may be a person.
TEST_F(SessionsTest, AppserviceLeavesAPersonItsSessions) {
  const DeviceRequest phone = {.device_id = "PHONE", .display_name = ""};
  const Session hers =
      sessions_.LogInByPassword(alice_, "wonder", phone).value();
  EXPECT_EQ(GetErrcode(sessions_.LogIn(alice_, phone, kIrc).status()),
            "M_FORBIDDEN");
  ASSERT_TRUE(sessions_.LogIn(alice_, {}, kIrc).ok());
  EXPECT_EQ(GetErrcode(sessions_.LogOutEverywhere(
                Acting(alice_, kIrc.appservice_uid))),
            "M_FORBIDDEN");
  EXPECT_TRUE(Authenticate(hers.access_token).ok());
  ASSERT_TRUE(sessions_.LogIn(ghost_, phone, kIrc).ok());
  EXPECT_TRUE(
      sessions_.LogOutEverywhere(Acting(ghost_, kIrc.appservice_uid)).ok());
}

TEST_F(SessionsTest, DevicesBeyondBoundsAreRefused) {
  absl::Status status =
      sessions_
          .LogIn(alice_,
                 {.device_id = std::string(256, 'x'), .display_name = ""}, kIrc)
          .status();
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(std::string(status.message()), HasSubstr("device_id"));
  status =
      sessions_
          .LogIn(alice_,
                 {.device_id = "", .display_name = std::string(256, 'x')}, kIrc)
          .status();
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("initial_device_display_name"));
  EXPECT_FALSE(CheckDeviceRequest(
                   {.device_id = std::string(1, '\0'), .display_name = ""})
                   .ok());
}

// M_UNKNOWN_TOKEN makes clients log out for good.
TEST_F(SessionsTest, StoreThatIsAwayIsNoUnknownToken) {
  Session session = sessions_.LogIn(alice_, {}, kIrc).value();
  store_.FailWith(absl::UnavailableError("database"));
  EXPECT_EQ(Authenticate(session.access_token).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace causeway::homeserver
