#include "services/homeserver/accounts/credentials.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/departure_listener.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/accounts/password_hash.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/authorization.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ScryptCost kCheap{.n_log2 = 4, .r = 8, .p = 1};

matrix::UserId User(absl::string_view text) {
  return matrix::UserId::Parse(text).value();
}

class RecordingListener final : public DepartureListener {
 public:
  absl::Status UserDeparts(const matrix::UserId& user_id) override {
    told.push_back(user_id.str());
    return answer;
  }

  std::vector<std::string> told;
  absl::Status answer;
};

// alice is a person with the devices D and E, bob a virtual user with B.
class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() {
    Create(alice_.user_id, HashPassword("secret", kCheap));
    Create(bob_.user_id, "");
    AddDevice(alice_.user_id, "D", 'd');
    AddDevice(alice_.user_id, "E", 'e');
    AddDevice(bob_.user_id, "B", 'b');
  }

  void Create(const matrix::UserId& user_id, const std::string& hash) {
    EXPECT_TRUE(
        store_
            .CreateUser(
                {.user_id = user_id, .password_hash = hash, .profile = {}},
                std::nullopt, clock_.Now())
            .ok());
  }
  void AddDevice(const matrix::UserId& user_id, const std::string& device_id,
                 char token) {
    EXPECT_TRUE(store_
                    .PutDevice({.user_id = user_id,
                                .device_id = device_id,
                                .display_name = "",
                                .access_token_sha256 = std::string(32, token)},
                               clock_.Now())
                    .ok());
  }
  bool IsLoggedIn(char token) {
    return store_.FindToken(std::string(32, token)).value().has_value();
  }
  static std::optional<PasswordProof> Proof(absl::string_view user_id,
                                            const std::string& password) {
    return PasswordProof{.user_id = User(user_id), .password = password};
  }

  const ActingUser alice_{.user_id = User("@alice:hs.test"),
                          .device_id = "D",
                          .appservice_uid = "",
                          .txn_scope = ""};
  const ActingUser bob_{.user_id = User("@irc_bob:hs.test"),
                        .device_id = "",
                        .may_massage_timestamps = true,
                        .appservice_uid = "1",
                        .is_own_user = true,
                        .txn_scope = ""};
  FakeUserStore store_;
  FakeClock clock_;
  RecordingListener listener_;
  Credentials credentials_{store_, clock_, kCheap};
};

TEST_F(CredentialsTest, PersonProvesWithItsOwnPassword) {
  EXPECT_EQ(credentials_.Prove(alice_, std::nullopt).value(),
            ProofResult::kMissing);
  EXPECT_EQ(
      credentials_.Prove(alice_, Proof("@alice:hs.test", "wrong")).value(),
      ProofResult::kWrong);
  EXPECT_EQ(
      credentials_.Prove(alice_, Proof("@other:hs.test", "secret")).value(),
      ProofResult::kWrong);
  EXPECT_EQ(
      credentials_.Prove(alice_, Proof("@alice:hs.test", "secret")).value(),
      ProofResult::kAccepted);
}

TEST_F(CredentialsTest, AppserviceNeedsNoProofForItsVirtualUsersOnly) {
  EXPECT_EQ(credentials_.Prove(bob_, std::nullopt).value(),
            ProofResult::kAccepted);
  ActingUser as_alice = bob_;
  as_alice.user_id = alice_.user_id;  // In a namespace that isn't exclusive.
  EXPECT_EQ(credentials_.Prove(as_alice, std::nullopt).value(),
            ProofResult::kMissing);
}

TEST_F(CredentialsTest, NeitherLinksNorTokensOfVirtualUsersProve) {
  ActingUser linked = alice_;
  linked.appservice_uid = "1";
  EXPECT_EQ(
      GetErrcode(credentials_.Prove(linked, Proof("@alice:hs.test", "secret"))
                     .status()),
      "M_FORBIDDEN");
  EXPECT_EQ(GetErrcode(credentials_.PutDevice(linked, "E", "mine").status()),
            "M_FORBIDDEN");
  ActingUser by_token = alice_;
  by_token.user_id = bob_.user_id;
  EXPECT_EQ(GetErrcode(credentials_.Prove(by_token, std::nullopt).status()),
            "M_FORBIDDEN");
}

TEST_F(CredentialsTest, NewPasswordEndsOtherSessions) {
  const auto proof = Proof("@alice:hs.test", "secret");
  EXPECT_EQ(
      credentials_.ChangePassword(alice_, std::nullopt, "new", false).value(),
      ProofResult::kMissing);
  EXPECT_EQ(credentials_.ChangePassword(alice_, proof, "new", false).value(),
            ProofResult::kAccepted);
  EXPECT_TRUE(IsLoggedIn('d'));
  EXPECT_FALSE(IsLoggedIn('e'));
  EXPECT_EQ(credentials_.Prove(alice_, proof).value(), ProofResult::kWrong);
  EXPECT_EQ(credentials_.Prove(alice_, Proof("@alice:hs.test", "new")).value(),
            ProofResult::kAccepted);
}

TEST_F(CredentialsTest, NewPasswordMayKeepSessions) {
  EXPECT_EQ(credentials_
                .ChangePassword(alice_, Proof("@alice:hs.test", "secret"),
                                "new", true)
                .value(),
            ProofResult::kAccepted);
  EXPECT_TRUE(IsLoggedIn('e'));
}

TEST_F(CredentialsTest, RefusesPasswordsThatAreNone) {
  const auto proof = Proof("@alice:hs.test", "secret");
  EXPECT_EQ(GetErrcode(
                credentials_.ChangePassword(alice_, proof, "", false).status()),
            "M_MISSING_PARAM");
  EXPECT_EQ(GetErrcode(credentials_
                           .ChangePassword(
                               alice_, proof,
                               std::string(kPasswordBytesMax + 1, 'x'), false)
                           .status()),
            "M_INVALID_PARAM");
  EXPECT_EQ(
      GetErrcode(credentials_.ChangePassword(bob_, std::nullopt, "new", false)
                     .status()),
      "M_FORBIDDEN");
}

TEST_F(CredentialsTest, DeactivatedUserHasLeftAndIsGone) {
  EXPECT_EQ(credentials_.Deactivate(alice_, std::nullopt, listener_).value(),
            ProofResult::kMissing);
  EXPECT_THAT(listener_.told, IsEmpty());
  EXPECT_EQ(
      credentials_
          .Deactivate(alice_, Proof("@alice:hs.test", "secret"), listener_)
          .value(),
      ProofResult::kAccepted);
  EXPECT_THAT(listener_.told, ElementsAre("@alice:hs.test"));
  EXPECT_TRUE(store_.FindUser(alice_.user_id).value()->is_deactivated);
  EXPECT_FALSE(IsLoggedIn('d'));
}

TEST_F(CredentialsTest, DeactivationThatFailsCanBeRepeated) {
  listener_.answer = absl::UnavailableError("away");
  EXPECT_EQ(
      credentials_.Deactivate(bob_, std::nullopt, listener_).status().code(),
      absl::StatusCode::kUnavailable);
  EXPECT_FALSE(store_.FindUser(bob_.user_id).value()->is_deactivated);
  listener_.answer = absl::OkStatus();
  EXPECT_EQ(credentials_.Deactivate(bob_, std::nullopt, listener_).value(),
            ProofResult::kAccepted);
}

TEST_F(CredentialsTest, DevicesAreDeletedWithProof) {
  EXPECT_EQ(credentials_.DeleteDevices(alice_, std::nullopt, {"E"}).value(),
            ProofResult::kMissing);
  EXPECT_TRUE(IsLoggedIn('e'));
  EXPECT_EQ(credentials_
                .DeleteDevices(alice_, Proof("@alice:hs.test", "secret"),
                               {"E", "unknown", "B"})
                .value(),
            ProofResult::kAccepted);
  EXPECT_FALSE(IsLoggedIn('e'));
  EXPECT_TRUE(IsLoggedIn('d'));
  EXPECT_TRUE(IsLoggedIn('b'));  // Another's.
  EXPECT_EQ(GetErrcode(credentials_
                           .DeleteDevices(
                               alice_, std::nullopt,
                               std::vector<std::string>(kDevicesPerUserMax + 1))
                           .status()),
            "M_INVALID_PARAM");
}

TEST_F(CredentialsTest, OnlyAppservicesMakeDevices) {
  EXPECT_EQ(GetErrcode(credentials_.PutDevice(alice_, "X", "new").status()),
            "M_NOT_FOUND");
  EXPECT_FALSE(credentials_.PutDevice(alice_, "E", "laptop").value());
  EXPECT_EQ(credentials_.GetDevice(alice_, "E")->display_name, "laptop");
  EXPECT_FALSE(credentials_.PutDevice(alice_, "E", std::nullopt).value());
  EXPECT_EQ(credentials_.GetDevice(alice_, "E")->display_name, "laptop");
  EXPECT_TRUE(credentials_.PutDevice(bob_, "X", "bridge").value());
  EXPECT_FALSE(credentials_.PutDevice(bob_, "X", "bridge").value());
  EXPECT_EQ(credentials_.ListDevices(bob_)->size(), 2u);
}

// In a namespace that isn't exclusive may be a person.
TEST_F(CredentialsTest, AppserviceNamesNoDeviceOfAPerson) {
  ActingUser as_alice = bob_;
  as_alice.user_id = alice_.user_id;
  EXPECT_EQ(GetErrcode(credentials_.PutDevice(as_alice, "E", "mine").status()),
            "M_FORBIDDEN");
  EXPECT_TRUE(credentials_.PutDevice(as_alice, "BRIDGE", "bridge").value());
  EXPECT_FALSE(credentials_.PutDevice(as_alice, "BRIDGE", "mine").value());
  ActingUser by_token = alice_;
  by_token.token_appservice_uid = "1";
  EXPECT_EQ(GetErrcode(credentials_.PutDevice(by_token, "E", "mine").status()),
            "M_FORBIDDEN");
}

}  // namespace
}  // namespace causeway::homeserver
