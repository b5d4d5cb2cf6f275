#include "services/gateway/rate_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/status/errcode.h"

namespace causeway::gateway {
namespace {

using homeserver::v1::Principal;

// Two requests of a user, one from an address, and then one a second.
class RateLimitsTest : public testing::Test {
 protected:
  RateLimitsTest() {
    latest_.Set(registry_watch::SnapshotBuilder("hs.test")
                    .Add({.uid = "1",
                          .id = "bounded",
                          .sender_localpart = "bot",
                          .rate_limited = true})
                    .Add({.uid = "2", .id = "free"})
                    .Add({.uid = "3",
                          .id = "draft",
                          .dialect = registry_watch::Dialect::kDraft,
                          .rate_limited = true})
                    .Build());
  }

  static Principal Person(const std::string& user_id) {
    Principal principal;
    principal.mutable_user()->set_user_id(user_id);
    return principal;
  }
  static Principal Appservice(const std::string& uid,
                              const std::string& user_id) {
    Principal principal;
    principal.mutable_appservice()->set_uid(uid);
    principal.mutable_appservice()->set_user_id(user_id);
    return principal;
  }
  // How many of ten requests at once are admitted.
  int Admitted(const Principal& principal) {
    int count = 0;
    for (int i = 0; i < 10; ++i) {
      if (limits_.AdmitPrincipal(principal, "192.0.2.9").ok()) ++count;
    }
    return count;
  }

  prometheus::Registry registry_;
  GatewayMetrics metrics_{registry_};
  registry_watch::LatestSnapshot latest_;
  FakeClock clock_;
  RateLimits limits_{{.user = {.per_second = 1, .burst = 2},
                      .address = {.per_second = 1, .burst = 1},
                      .address_people = {.per_second = 1, .burst = 7},
                      .account_logins = {.per_second = 1, .burst = 2}},
                     latest_,
                     clock_,
                     &metrics_};
};

TEST_F(RateLimitsTest, PersonIsBoundedAndToldUntilWhen) {
  EXPECT_EQ(Admitted(Person("@alice:hs.test")), 2);
  const absl::Status refused =
      limits_.AdmitPrincipal(Person("@alice:hs.test"), "192.0.2.9");
  EXPECT_EQ(GetErrcode(refused), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(GetRetryAfter(refused), absl::Seconds(1));
  EXPECT_EQ(Admitted(Person("@bob:hs.test")), 2);
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_EQ(Admitted(Person("@alice:hs.test")), 1);
}

TEST_F(RateLimitsTest, AppserviceIsBoundedIfItSaysSoAndByItsUsers) {
  EXPECT_EQ(Admitted(Appservice("1", "@a:hs.test")), 2);
  EXPECT_EQ(Admitted(Appservice("1", "@b:hs.test")), 2);
  EXPECT_EQ(Admitted(Appservice("1", "")), 10);
  EXPECT_EQ(Admitted(Appservice("1", "@bot:hs.test")), 10);
}

TEST_F(RateLimitsTest, OthersAreNot) {
  EXPECT_EQ(Admitted(Appservice("2", "@a:hs.test")), 10);
  EXPECT_EQ(Admitted(Appservice("3", "@b:hs.test")), 10);
}

// Goal: a person who links a bridge pays nothing for what the bridge does.
TEST_F(RateLimitsTest, AppserviceThatIsLinkedIsBoundedAsItIs) {
  auto linked = [](const std::string& uid) {
    Principal principal = Person("@alice:hs.test");
    principal.set_linked_appservice_uid(uid);
    return principal;
  };
  EXPECT_EQ(Admitted(linked("2")), 10);
  EXPECT_EQ(Admitted(linked("3")), 10);
  EXPECT_EQ(Admitted(Person("@alice:hs.test")), 2);
  clock_.AdvanceTime(absl::Seconds(10));
  EXPECT_EQ(Admitted(linked("1")), 2);
}

TEST_F(RateLimitsTest, UsersOwnTokenIsBoundedAsItsAppserviceIs) {
  auto own_token_of = [](const std::string& uid) {
    Principal principal = Person("@ghost:hs.test");
    principal.mutable_user()->set_appservice_uid(uid);
    return principal;
  };
  EXPECT_EQ(Admitted(own_token_of("2")), 10);
  EXPECT_EQ(Admitted(own_token_of("3")), 10);
  EXPECT_EQ(Admitted(own_token_of("1")), 2);
}

// Goal: nobody has more than one client's share by having more addresses.
TEST_F(RateLimitsTest, NetworkOfIpv6IsOneClient) {
  EXPECT_TRUE(limits_.AdmitAddress("2001:db8:0:1::1").ok());
  EXPECT_FALSE(limits_.AdmitAddress("2001:db8:0:1:ffff::2").ok());
  EXPECT_TRUE(limits_.AdmitAddress("2001:db8:0:2::1").ok());
  EXPECT_TRUE(limits_.AdmitAddress("::ffff:192.0.2.1").ok());
  EXPECT_TRUE(limits_.AdmitAddress("::ffff:192.0.2.2").ok());
  EXPECT_FALSE(limits_.AdmitAddress("::ffff:192.0.2.2").ok());
}

TEST_F(RateLimitsTest, AddressIsBoundedByItself) {
  EXPECT_TRUE(limits_.AdmitAddress("192.0.2.1").ok());
  const absl::Status refused = limits_.AdmitAddress("192.0.2.1");
  EXPECT_EQ(GetErrcode(refused), "M_LIMIT_EXCEEDED");
  EXPECT_TRUE(limits_.AdmitAddress("192.0.2.2").ok());
}

// Goal: who has many accounts has one client's share all the same.
TEST_F(RateLimitsTest, PeopleOfOneAddressAreBoundedTogether) {
  auto admitted = [&](const std::string& address) {
    int count = 0;
    for (char name = 'a'; name <= 'j'; ++name) {
      const Principal person = Person(absl::StrCat("@", std::string(1, name)));
      if (limits_.AdmitPrincipal(person, address).ok()) ++count;
    }
    return count;
  };
  EXPECT_EQ(admitted("2001:db8::1"), 7);
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_EQ(admitted("2001:db8::2"), 1);
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_EQ(admitted("192.0.2.2"), 7);
}

TEST_F(RateLimitsTest, UsersOfABridgeShareNoAddress) {
  int count = 0;
  for (char name = 'a'; name <= 'z'; ++name) {
    const Principal ghost = Appservice("1", std::string(1, name));
    if (limits_.AdmitPrincipal(ghost, "192.0.2.9").ok()) ++count;
  }
  EXPECT_EQ(count, 26);
}

TEST_F(RateLimitsTest, LoggingInIsBoundedByTheAccountUnderBothItsNames) {
  EXPECT_TRUE(limits_.AdmitLogIn("alice").ok());
  EXPECT_TRUE(limits_.AdmitLogIn("@alice:hs.test").ok());
  const absl::Status refused = limits_.AdmitLogIn("alice");
  EXPECT_EQ(GetErrcode(refused), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(GetRetryAfter(refused), absl::Seconds(1));
  EXPECT_FALSE(limits_.AdmitLogIn("@alice:hs.test").ok());
  EXPECT_TRUE(limits_.AdmitLogIn("bob").ok());
}

TEST_F(RateLimitsTest, PasswordBesidesATokenCountsAsLoggingIn) {
  EXPECT_TRUE(limits_.AdmitProof(Person("@alice:hs.test")).ok());
  EXPECT_TRUE(limits_.AdmitProof(Appservice("2", "@alice:hs.test")).ok());
  EXPECT_EQ(GetErrcode(limits_.AdmitProof(Person("@alice:hs.test"))),
            "M_LIMIT_EXCEEDED");
  EXPECT_FALSE(limits_.AdmitLogIn("alice").ok());
  // Who has no password: an application service itself.
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(limits_.AdmitProof(Appservice("2", "")).ok());
  }
}

TEST_F(RateLimitsTest, RefusalsAreCounted) {
  EXPECT_EQ(Admitted(Person("@alice:hs.test")), 2);
  EXPECT_TRUE(limits_.AdmitAddress("192.0.2.1").ok());
  EXPECT_FALSE(limits_.AdmitAddress("192.0.2.1").ok());
  std::optional<double> users;
  std::optional<double> addresses;
  for (const auto& family : registry_.Collect()) {
    if (family.name != "causeway_gateway_rate_limited_total") continue;
    for (const auto& metric : family.metric) {
      (metric.label[0].value == "user" ? users : addresses) =
          metric.counter.value;
    }
  }
  EXPECT_EQ(users, 8);
  EXPECT_EQ(addresses, 1);
}

}  // namespace
}  // namespace causeway::gateway
