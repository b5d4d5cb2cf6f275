#include "services/homeserver/accounts/user_registration.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/accounts/password_hash.h"
#include "services/homeserver/accounts/sessions.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/principal.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;
using Kind = registry_watch::RegistrySnapshot::Kind;

constexpr ScryptCost kCheap{.n_log2 = 4, .r = 8, .p = 1};

class UserRegistrationTest : public ::testing::Test {
 protected:
  absl::StatusOr<Session> Person(const std::string& localpart,
                                 const std::string& password = "secret") {
    return registration_.RegisterPerson(
        *snapshot_, {.localpart = localpart, .device = DeviceRequest()},
        password);
  }

  absl::StatusOr<Session> VirtualUser(
      const std::string& localpart,
      std::optional<DeviceRequest> device = std::nullopt) {
    return registration_.RegisterVirtualUser(
        *snapshot_, irc_, {.localpart = localpart, .device = device});
  }

  const std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot_ =
      registry_watch::SnapshotBuilder("hs.test")
          .Add({.id = "irc",
                .sender_localpart = "ircbot",
                .namespaces = {{Kind::kUsers, "@irc.freenode.net/.*", true},
                               {Kind::kUsers, "@relay_.*", false}}})
          .Build();
  const Principal irc_{
      .actor = AppserviceCaller{.uid = snapshot_->FindById("irc")->uid,
                                .asserted_user_id = std::nullopt},
      .registry_revision = 1};
  FakeUserStore store_;
  FakeClock clock_;
  UserRegistration registration_{
      store_, clock_, matrix::ServerName::Parse("hs.test").value(), kCheap};
};

TEST_F(UserRegistrationTest, PersonGetsAUserAndASession) {
  Session session = Person("alice").value();
  EXPECT_EQ(session.user_id.str(), "@alice:hs.test");
  EXPECT_EQ(
      store_.FindToken(matrix::Sha256(session.access_token)).value()->device_id,
      session.device_id);
  EXPECT_TRUE(VerifyPassword(
      "secret", store_.FindUser(session.user_id).value()->password_hash));
}

TEST_F(UserRegistrationTest, LocalpartIsMadeUpForWhoNamesNone) {
  EXPECT_NE(Person("").value().user_id, Person("").value().user_id);
}

TEST_F(UserRegistrationTest, InhibitedLogInMakesNoSession) {
  Session session =
      registration_
          .RegisterPerson(*snapshot_,
                          {.localpart = "alice", .device = std::nullopt},
                          "secret")
          .value();
  EXPECT_EQ(session.access_token, "");
  EXPECT_EQ(session.device_id, "");
  EXPECT_TRUE(store_.FindUser(session.user_id).value().has_value());
}

TEST_F(UserRegistrationTest, TakenNamesAreInUse) {
  ASSERT_TRUE(Person("alice").ok());
  absl::Status status = Person("alice", "other").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_USER_IN_USE");

  ASSERT_TRUE(VirtualUser("relay_bob").ok());
  EXPECT_EQ(GetErrcode(VirtualUser("relay_bob").status()), "M_USER_IN_USE");
  // A name that isn't exclusive goes to who comes first.
  EXPECT_EQ(GetErrcode(Person("relay_bob").status()), "M_USER_IN_USE");
}

TEST_F(UserRegistrationTest, PeoplesLocalpartsAreStrict) {
  for (const char* localpart : {"Alice", "a/b:c", "a b", "\xc3\xa9"}) {
    SCOPED_TRACE(localpart);
    absl::Status status = Person(localpart).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(GetErrcode(status), "M_INVALID_USERNAME");
  }
  EXPECT_EQ(GetErrcode(Person(std::string(250, 'a')).status()),
            "M_INVALID_USERNAME");
}

TEST_F(UserRegistrationTest, VirtualUsersMayBeOfTheDraftsKind) {
  Session session = VirtualUser("irc.freenode.net/Bob").value();
  EXPECT_EQ(session.user_id.str(), "@irc.freenode.net/Bob:hs.test");
  EXPECT_EQ(session.access_token, "");
  EXPECT_EQ(store_.FindUser(session.user_id).value()->password_hash, "");
  EXPECT_EQ(GetErrcode(VirtualUser("irc.freenode.net/a:b").status()),
            "M_INVALID_USERNAME");
  EXPECT_EQ(GetErrcode(VirtualUser(absl::StrCat("irc.freenode.net/",
                                                std::string(250, 'a')))
                           .status()),
            "M_INVALID_USERNAME");
}

TEST_F(UserRegistrationTest, VirtualUserMayHaveASession) {
  Session session = VirtualUser("relay_bob", DeviceRequest{.device_id = "D",
                                                           .display_name = ""})
                        .value();
  EXPECT_EQ(session.device_id, "D");
  EXPECT_TRUE(store_.FindToken(matrix::Sha256(session.access_token))
                  .value()
                  .has_value());
}

TEST_F(UserRegistrationTest, AppserviceMayRegisterItsOwnUser) {
  EXPECT_TRUE(VirtualUser("ircbot").ok());
  EXPECT_EQ(GetErrcode(VirtualUser("ircbot").status()), "M_USER_IN_USE");
}

TEST_F(UserRegistrationTest, NamespacesAreExclusiveBothWays) {
  absl::Status status = Person("irc.freenode.net/bob").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_EXCLUSIVE");
  EXPECT_EQ(GetErrcode(Person("ircbot").status()), "M_EXCLUSIVE");
  EXPECT_EQ(GetErrcode(VirtualUser("alice").status()), "M_EXCLUSIVE");
}

TEST_F(UserRegistrationTest, NamesTheFieldThatIsMissingOrTooLong) {
  EXPECT_EQ(GetErrcode(Person("alice", "").status()), "M_MISSING_PARAM");
  absl::Status status = Person("alice", std::string(513, 'x')).status();
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(std::string(status.message()), HasSubstr("password"));
  EXPECT_EQ(GetErrcode(VirtualUser("").status()), "M_MISSING_PARAM");
  EXPECT_EQ(
      GetErrcode(VirtualUser("relay_bob",
                             DeviceRequest{.device_id = std::string(256, 'x'),
                                           .display_name = ""})
                     .status()),
      "M_INVALID_PARAM");
}

}  // namespace
}  // namespace causeway::homeserver
