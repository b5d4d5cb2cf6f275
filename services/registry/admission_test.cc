#include "services/registry/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/registry/appservice.h"
#include "services/registry/grant.h"
#include "services/registry/incumbents.h"
#include "services/registry/namespace_claims.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/status/errcode.h"

namespace causeway::registry {
namespace {

using namespaces::NamespaceKind;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr bool kExclusive = true;
constexpr bool kShared = false;

Grant WideGrant() {
  Grant grant;
  grant.name = "wide";
  grant.ceilings = {.users = {".*"}, .aliases = {".*"}, .rooms = {".*"}};
  return grant;
}

Registration Bridge(const std::string& id, std::vector<Namespace> namespaces) {
  Registration registration;
  registration.id = id;
  registration.sender_localpart = "bot-" + id;
  registration.url = "https://a.test/" + id;
  registration.namespaces = std::move(namespaces);
  return registration;
}

// Whose own user its grant allows: it is called as the grant.
Registration BridgeOf(const std::string& grant, const std::string& users,
                      bool exclusive) {
  Registration registration =
      Bridge(grant, {{NamespaceKind::kUsers, users, exclusive}});
  registration.sender_localpart = grant;
  return registration;
}

Appservice InForce(int64_t uid, Registration registration) {
  Appservice appservice;
  appservice.uid = uid;
  appservice.registration = std::move(registration);
  return appservice;
}

absl::Status AdmitUnder(const Grant& grant, const Registration& wanted,
                        const std::vector<Appservice>& others) {
  const matrix::ServerName server_name =
      matrix::ServerName::Parse("hs.test").value();
  Incumbents incumbents(server_name);
  for (const Appservice& other : others) {
    absl::Status put = incumbents.Put(other);
    if (!put.ok()) return put;
  }
  absl::Status by_grant = AdmitByGrant(wanted, grant, server_name);
  if (!by_grant.ok()) return by_grant;
  const absl::StatusOr<std::vector<Claim>> claims =
      MakeClaims(wanted.namespaces);
  if (!claims.ok()) return claims.status();
  Comparison comparison(server_name);
  return AdmitBeside(wanted, *claims, incumbents, server_name, comparison);
}

absl::Status AdmitTo(const Registration& wanted,
                     const std::vector<Appservice>& others) {
  return AdmitUnder(WideGrant(), wanted, others);
}

TEST(AdmissionTest, NamespaceBeyondTheGrantIsForbidden) {
  Grant grant = WideGrant();
  grant.sender_localpart = "bot-x";
  grant.ceilings.users = {"@irc_.*", "@xmpp_.*"};
  EXPECT_TRUE(
      AdmitUnder(grant,
                 Bridge("x", {{NamespaceKind::kUsers, "@xmpp_.*", kExclusive}}),
                 {})
          .ok());
  absl::Status status =
      AdmitUnder(grant,
                 Bridge("x", {{NamespaceKind::kUsers, "@irc_.*", kExclusive},
                              {NamespaceKind::kUsers, ".*", kShared}}),
                 {});
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("namespaces.users[1]"), HasSubstr("\".*\""),
                    HasSubstr("would also claim \"@a:hs.test\"")));
}

TEST(AdmissionTest, NamespaceWithinTheUnionOfCeilingsIsAdmitted) {
  Grant grant = WideGrant();
  grant.sender_localpart = "bot-x";
  grant.ceilings.users = {"@irc_[a-m].*", "@irc_[n-z].*"};
  EXPECT_TRUE(AdmitUnder(grant,
                         Bridge("x", {{NamespaceKind::kUsers,
                                       "@irc_[a-z]+:hs\\.test$", kExclusive}}),
                         {})
                  .ok());
  absl::Status status = AdmitUnder(
      grant, Bridge("x", {{NamespaceKind::kUsers, "@irc_[a-z_]", kExclusive}}),
      {});
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(status.message(), HasSubstr("\"@irc__:hs.test\""));
}

// Goal: what can't be decided within bounds isn't let through.
TEST(AdmissionTest, UndecidedContainmentIsForbiddenAndSaysSo) {
  Grant grant = WideGrant();
  grant.sender_localpart = "bot-x";
  grant.ceilings.users = {"@[ab]*a[ab]{40}:", "@[ab]*b[ab]{40}:"};
  absl::Status status = AdmitUnder(
      grant, Bridge("x", {{NamespaceKind::kUsers, "@[ab]{41,}:", kShared}}),
      {});
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("may exceed the grant"), HasSubstr("takes ")));
}

TEST(AdmissionTest, KindWithoutCeilingIsForbidden) {
  Grant grant = WideGrant();
  grant.ceilings.rooms = {};
  absl::Status status = AdmitUnder(
      grant, Bridge("x", {{NamespaceKind::kRooms, "!irc_.*", kShared}}), {});
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(status.message(), HasSubstr("rooms[0]"));
}

TEST(AdmissionTest, UrlBeyondTheGrantIsForbidden) {
  Grant grant = WideGrant();
  grant.url_prefix = "https://a.test/x";
  EXPECT_TRUE(AdmitUnder(grant, Bridge("x", {}), {}).ok());
  absl::Status status = AdmitUnder(grant, Bridge("y", {}), {});
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
  EXPECT_THAT(status.message(), AllOf(HasSubstr("https://a.test/y"),
                                      HasSubstr("https://a.test/x")));
}

struct SenderCase {
  const char* name;
  const char* sender_localpart;
  bool admitted;
};

class SenderTest : public ::testing::TestWithParam<SenderCase> {};

// Goal: nobody takes over a person by choosing them as own user.
TEST_P(SenderTest, OwnUserLiesWithinTheGrant) {
  Grant grant;
  grant.name = "irc";
  grant.sender_localpart = "bridgebot";
  grant.ceilings.users = {"@irc_.*:hs\\.test$"};
  Registration wanted = Bridge("x", {});
  wanted.sender_localpart = GetParam().sender_localpart;
  absl::Status status = AdmitUnder(grant, wanted, {});
  EXPECT_EQ(status.ok(), GetParam().admitted) << status;
  if (!GetParam().admitted) {
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
    EXPECT_THAT(status.message(), HasSubstr(GetParam().sender_localpart));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, SenderTest,
    ::testing::Values(SenderCase{"CalledAsTheGrant", "irc", true},
                      SenderCase{"NamedByTheGrant", "bridgebot", true},
                      SenderCase{"WithinACeiling", "irc_bot", true},
                      SenderCase{"Person", "alice", false},
                      SenderCase{"Longer", "irc2", false},
                      SenderCase{"Shorter", "bridge", false}),
    [](const auto& info) { return info.param.name; });

TEST(AdmissionTest, IdIsUnique) {
  absl::Status status =
      AdmitTo(Bridge("irc", {}), {InForce(1, Bridge("irc", {}))});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_UNKNOWN");
  EXPECT_THAT(status.message(), HasSubstr("\"irc\""));
}

TEST(AdmissionTest, SenderLocalpartIsUnique) {
  Registration wanted = Bridge("irc2", {});
  wanted.sender_localpart = "bot-irc";
  absl::Status status = AdmitTo(wanted, {InForce(1, Bridge("irc", {}))});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_UNKNOWN");
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("\"bot-irc\""), HasSubstr("\"irc\"")));
}

TEST(AdmissionTest, OverlapNamesBothAndAnExample) {
  absl::Status status = AdmitTo(
      Bridge("new", {{NamespaceKind::kUsers, "@x_.*", kExclusive},
                     {NamespaceKind::kUsers, "@irc_b.*", kExclusive}}),
      {InForce(1, Bridge("old",
                         {{NamespaceKind::kUsers, "@irc_.*ob", kExclusive}}))});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_EXCLUSIVE");
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("namespaces.users[1]"), HasSubstr("\"@irc_b.*\""),
                    HasSubstr("\"@irc_.*ob\""), HasSubstr("\"old\""),
                    HasSubstr("\"@irc_bob:hs.test\"")));
}

struct Pair {
  const char* name;
  Namespace wanted;
  Namespace others;
  bool admitted;
};

class PairTest : public ::testing::TestWithParam<Pair> {};

TEST_P(PairTest, ExclusiveOnesMayNotOverlap) {
  absl::Status status =
      AdmitTo(Bridge("new", {GetParam().wanted}),
              {InForce(1, Bridge("old", {GetParam().others}))});
  EXPECT_EQ(status.ok(), GetParam().admitted) << status;
  if (!GetParam().admitted) {
    EXPECT_EQ(GetErrcode(status), "M_EXCLUSIVE");
  }
}

constexpr NamespaceKind kUsers = NamespaceKind::kUsers;
constexpr NamespaceKind kAliases = NamespaceKind::kAliases;

INSTANTIATE_TEST_SUITE_P(
    All, PairTest,
    ::testing::Values(Pair{"Equal",
                           {kUsers, "@a.*", kExclusive},
                           {kUsers, "@a.*", kExclusive},
                           false},
                      Pair{"Wider",
                           {kUsers, ".*", kExclusive},
                           {kUsers, "@a.*", kExclusive},
                           false},
                      Pair{"Narrower",
                           {kUsers, "@ab", kExclusive},
                           {kUsers, "@a", kExclusive},
                           false},
                      Pair{"ByTheEndOnly",
                           {kUsers, "@.*_bot", kExclusive},
                           {kUsers, "@irc_.*", kExclusive},
                           false},
                      Pair{"Apart",
                           {kUsers, "@a.*", kExclusive},
                           {kUsers, "@x.*", kExclusive},
                           true},
                      Pair{"ApartBehindOneBeginning",
                           {kUsers, "@a[0-9]+$", kExclusive},
                           {kUsers, "@a[a-z]+$", kExclusive},
                           true},
                      Pair{"WantedIsShared",
                           {kUsers, ".*", kShared},
                           {kUsers, "@a.*", kExclusive},
                           true},
                      Pair{"OtherIsShared",
                           {kUsers, "@a.*", kExclusive},
                           {kUsers, ".*", kShared},
                           true},
                      Pair{"OtherKind",
                           {kUsers, "[@#]a.*", kExclusive},
                           {kAliases, "[@#]a.*", kExclusive},
                           true}),
    [](const auto& info) { return info.param.name; });

// Goal: any match counts. Method: a wide namespace that isn't exclusive beside
// a narrow one that is, in both orders and with either asking.
TEST(AdmissionTest, WideSharedNamespaceHidesNoExclusiveOne) {
  const Namespace wide = {kUsers, ".*", kShared};
  const Namespace narrow = {kUsers, "@irc_.*", kExclusive};
  const Namespace wanted = {kUsers, "@irc_b.*", kExclusive};
  for (const auto& list : {std::vector<Namespace>{wide, narrow},
                           std::vector<Namespace>{narrow, wide}}) {
    EXPECT_EQ(GetErrcode(AdmitTo(Bridge("new", {wanted}),
                                 {InForce(1, Bridge("old", list))})),
              "M_EXCLUSIVE");
    EXPECT_EQ(GetErrcode(AdmitTo(Bridge("new", list),
                                 {InForce(1, Bridge("old", {wanted}))})),
              "M_EXCLUSIVE");
  }
}

TEST(AdmissionTest, OwnNamespacesMayOverlap) {
  EXPECT_TRUE(AdmitTo(Bridge("new", {{kUsers, "@irc_.*", kExclusive},
                                     {kUsers, "@irc_b.*", kExclusive},
                                     {kUsers, "@bot-new", kExclusive}}),
                      {})
                  .ok());
}

// Goal: an overlap that can't be decided within bounds isn't let through.
// Method: expressions with more states than the search takes.
TEST(AdmissionTest, UndecidedOverlapIsRefusedAndSaysSo) {
  const std::string long_one =
      "@[ab]{1000}[ab]{1000}[ab]{1000}[ab]{1000}[ab]{1000}";
  absl::Status status = AdmitTo(
      Bridge("new", {{kUsers, long_one + "x", kExclusive}}),
      {InForce(1, Bridge("old", {{kUsers, long_one + "y", kExclusive}}))});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_EXCLUSIVE");
  EXPECT_THAT(status.message(), HasSubstr("takes more than 4096 states"));
}

TEST(AdmissionTest, OwnUserMayNotLieInAnothersNamespace) {
  absl::Status status =
      AdmitTo(Bridge("new", {}),
              {InForce(1, Bridge("old", {{kUsers, "@bot-n.*", kExclusive}}))});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_EXCLUSIVE");
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("\"@bot-new:hs.test\""), HasSubstr("\"old\"")));
}

TEST(AdmissionTest, NamespaceMayNotClaimAnothersOwnUser) {
  absl::Status status =
      AdmitTo(Bridge("new", {{kUsers, "@bot-.*", kExclusive}}),
              {InForce(1, Bridge("old", {}))});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_EXCLUSIVE");
  EXPECT_THAT(status.message(), AllOf(HasSubstr("namespaces.users[0]"),
                                      HasSubstr("\"@bot-old:hs.test\"")));
}

TEST(AdmissionTest, SharedCeilingAllowsToSeeButNotToOwn) {
  Grant grant = WideGrant();
  grant.ceilings = {.users = {"@new_.*"}, .shared_users = {"@old_.*"}};
  EXPECT_TRUE(
      AdmitUnder(grant, BridgeOf("wide", "@(new|old)_.*", kShared), {}).ok());
  const absl::Status status =
      AdmitUnder(grant, BridgeOf("wide", "@(new|old)_.*", kExclusive), {});
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
  EXPECT_THAT(status.message(), HasSubstr("\"@old_"));
}

TEST(AdmissionTest, SharedNamespacesMayHoldOwnUsers) {
  EXPECT_TRUE(AdmitTo(Bridge("new", {{kUsers, "@.*", kShared}}),
                      {InForce(1, Bridge("old", {{kUsers, ".*", kShared}}))})
                  .ok());
}

TEST(AdmissionTest, WhatNoConsumerCouldIndexIsRefused) {
  std::vector<Namespace> list;
  for (size_t i = 0; i <= namespaces::kPatternsPerPrefixMax; ++i) {
    list.push_back({kUsers, absl::StrCat(".*_", i, "$"), kShared});
  }
  absl::Status status = AdmitTo(Bridge("new", list), {});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(GetErrcode(status), "M_LIMIT_EXCEEDED");
}

TEST(AdmissionTest, RegexesOfOthersCountTowardsTheBoundOnceEach) {
  std::vector<Namespace> list;
  for (size_t i = 0; i < namespaces::kPatternsPerPrefixMax; ++i) {
    list.push_back({kUsers, absl::StrCat(".*_", i, "$"), kShared});
  }
  const std::vector<Appservice> others = {InForce(1, Bridge("old", list))};
  EXPECT_TRUE(AdmitTo(Bridge("new", list), others).ok());
  list.push_back({kUsers, ".*_onemore", kShared});
  EXPECT_EQ(AdmitTo(Bridge("new", list), others).code(),
            absl::StatusCode::kResourceExhausted);
}

// Goal: nobody makes consumers unable to index somebody else's own user.
TEST(AdmissionTest, OwnUserCountsTowardsTheBound) {
  std::vector<Namespace> list;
  for (size_t i = 0; i < namespaces::kPatternsPerPrefixMax; ++i) {
    list.push_back(
        {kUsers, absl::StrCat("@bot-new:hs\\.test.*", i, "$"), kShared});
  }
  EXPECT_EQ(
      AdmitTo(Bridge("new", {}), {InForce(1, Bridge("old", list))}).code(),
      absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(
      AdmitTo(Bridge("old", list), {InForce(1, Bridge("new", {}))}).code(),
      absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace causeway::registry
