#include "services/homeserver/authorization.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/principal.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using registry_watch::RegistrySnapshot;
using registry_watch::SnapshotBuilder;
using ::testing::HasSubstr;
using Kind = RegistrySnapshot::Kind;

// `irc` owns @irc_ and #irc_; `wide` sees everything but owns nothing; `other`
// owns @other_ and #other_.
std::shared_ptr<const RegistrySnapshot> ThreeAppservices() {
  return SnapshotBuilder("hs.test")
      .Revision(7)
      .Add({.id = "irc",
            .sender_localpart = "ircbot",
            .namespaces = {{Kind::kUsers, "@irc_.*", true},
                           {Kind::kUsers, "@relay_.*", false},
                           {Kind::kAliases, "#irc_.*", true}}})
      .Add({.id = "wide",
            .namespaces = {{Kind::kUsers, ".*", false},
                           {Kind::kAliases, ".*", false}}})
      .Add({.id = "other",
            .namespaces = {{Kind::kUsers, "@other_.*", true},
                           {Kind::kAliases, "#other_.*", true}}})
      .Build();
}

matrix::UserId User(absl::string_view text) {
  return matrix::UserId::Parse(text).value();
}

Principal Appservice(const RegistrySnapshot& snapshot, absl::string_view id,
                     absl::string_view asserted_user_id = "") {
  AppserviceCaller caller{.uid = snapshot.FindById(id)->uid,
                          .asserted_user_id = std::nullopt};
  if (!asserted_user_id.empty())
    caller.asserted_user_id = User(asserted_user_id);
  return {.actor = std::move(caller), .registry_revision = snapshot.revision()};
}

Principal Alice(std::string linked_appservice_uid = "") {
  return {.actor =
              Person{.user_id = User("@alice:hs.test"),
                     .device_id = "D",
                     .access_token_sha256 = std::string(32, '\x01'),
                     .linked_appservice_uid = std::move(linked_appservice_uid)},
          .registry_revision = 7};
}

const matrix::ServerName& Server() {
  static const auto* server =
      new matrix::ServerName(matrix::ServerName::Parse("hs.test").value());
  return *server;
}

TEST(ResolveActingUserTest, PersonActsAsItself) {
  ActingUser acting =
      ResolveActingUser(*ThreeAppservices(), Server(), Alice()).value();
  EXPECT_EQ(acting.user_id.str(), "@alice:hs.test");
  EXPECT_EQ(acting.device_id, "D");
  EXPECT_FALSE(acting.may_massage_timestamps);
  EXPECT_FALSE(acting.is_own_user);
  EXPECT_EQ(acting.appservice_uid, "");
}

TEST(ResolveActingUserTest, LinkedPersonMayMassageTimestamps) {
  auto snapshot = ThreeAppservices();
  std::string uid = snapshot->FindById("irc")->uid;
  ActingUser acting =
      ResolveActingUser(*snapshot, Server(), Alice(uid)).value();
  EXPECT_EQ(acting.user_id.str(), "@alice:hs.test");
  EXPECT_TRUE(acting.may_massage_timestamps);
  EXPECT_FALSE(acting.is_own_user);
  EXPECT_EQ(acting.appservice_uid, uid);
}

TEST(ResolveActingUserTest, AppserviceWithoutAssertionIsItsSender) {
  auto snapshot = ThreeAppservices();
  ActingUser acting =
      ResolveActingUser(*snapshot, Server(), Appservice(*snapshot, "irc"))
          .value();
  EXPECT_EQ(acting.user_id.str(), "@ircbot:hs.test");
  EXPECT_TRUE(acting.may_massage_timestamps);
  EXPECT_TRUE(acting.is_own_user);
}

// By a token that the application service `id` got for it.
Principal Ghost(const RegistrySnapshot& snapshot, absl::string_view user_id,
                absl::string_view id) {
  return {.actor = Person{.user_id = User(user_id),
                          .device_id = "D",
                          .access_token_sha256 = std::string(32, '\x01'),
                          .linked_appservice_uid = "",
                          .token_appservice_uid = snapshot.FindById(id)->uid},
          .registry_revision = snapshot.revision()};
}

TEST(GhostsTokenTest, ActsAsItsUserWithoutTheRightsOfTheAppservice) {
  auto snapshot = ThreeAppservices();
  const ActingUser acting =
      ResolveActingUser(*snapshot, Server(),
                        Ghost(*snapshot, "@irc_bob:hs.test", "irc"))
          .value();
  EXPECT_EQ(acting.user_id.str(), "@irc_bob:hs.test");
  EXPECT_FALSE(acting.may_massage_timestamps);
  EXPECT_EQ(acting.appservice_uid, "");
  EXPECT_TRUE(MayEditUser(*snapshot, acting).ok());
}

TEST(GhostsTokenTest, EndsWithTheRegistration) {
  const Principal ghost = Ghost(*ThreeAppservices(), "@irc_bob:hs.test", "irc");
  // The same id later, of another registration.
  auto later = SnapshotBuilder("hs.test")
                   .Revision(8)
                   .Add({.uid = "new",
                         .id = "irc",
                         .namespaces = {{Kind::kUsers, "@irc_.*", true}}})
                   .Build();
  EXPECT_EQ(GetErrcode(ResolveActingUser(*later, Server(), ghost).status()),
            "M_UNKNOWN_TOKEN");
  // Who doesn't know the registration yet can't tell.
  auto earlier = SnapshotBuilder("hs.test").Revision(6).Build();
  EXPECT_TRUE(absl::IsUnavailable(
      ResolveActingUser(*earlier, Server(), ghost).status()));
}

TEST(GhostsTokenTest, IsBoundByTheNamespacesOfNow) {
  auto snapshot = ThreeAppservices();
  EXPECT_EQ(GetErrcode(
                ResolveActingUser(*snapshot, Server(),
                                  Ghost(*snapshot, "@irc_bob:hs.test", "other"))
                    .status()),
            "M_FORBIDDEN");
  const ActingUser others =
      ResolveActingUser(*snapshot, Server(),
                        Ghost(*snapshot, "@irc_bob:hs.test", "wide"))
          .value();
  EXPECT_EQ(GetErrcode(MayEditUser(*snapshot, others)), "M_EXCLUSIVE");
}

struct AssertionCase {
  std::string name;
  std::string id;
  std::string user_id;
  bool allowed;
};

void PrintTo(const AssertionCase& test_case, std::ostream* out) {
  *out << test_case.name;
}

class AssertionTest : public ::testing::TestWithParam<AssertionCase> {};

TEST_P(AssertionTest, OnlyOwnUsers) {
  auto snapshot = ThreeAppservices();
  absl::StatusOr<ActingUser> acting = ResolveActingUser(
      *snapshot, Server(),
      Appservice(*snapshot, GetParam().id, GetParam().user_id));
  if (GetParam().allowed) {
    ASSERT_TRUE(acting.ok()) << acting.status();
    EXPECT_EQ(acting->user_id.str(), GetParam().user_id);
    EXPECT_TRUE(acting->may_massage_timestamps);
    return;
  }
  EXPECT_EQ(acting.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(acting.status()), "M_FORBIDDEN");
  EXPECT_THAT(std::string(acting.status().message()),
              HasSubstr(GetParam().user_id));
}

INSTANTIATE_TEST_SUITE_P(
    All, AssertionTest,
    ::testing::Values(
        AssertionCase{"Exclusive", "irc", "@irc_bob:hs.test", true},
        AssertionCase{"NotExclusive", "irc", "@relay_bob:hs.test", true},
        AssertionCase{"Sender", "irc", "@ircbot:hs.test", true},
        AssertionCase{"PersonInWideNamespace", "wide", "@alice:hs.test", true},
        AssertionCase{"Outside", "irc", "@alice:hs.test", false},
        AssertionCase{"SenderOfAnother", "irc", "@other:hs.test", false},
        AssertionCase{"UserOfAnother", "irc", "@other_bob:hs.test", false},
        AssertionCase{"AnotherServer", "irc", "@irc_bob:else.test", false}),
    [](const auto& info) { return info.param.name; });

TEST(ResolveActingUserTest, RefusalNamesApplicationServiceAndUser) {
  auto snapshot = ThreeAppservices();
  absl::Status status =
      ResolveActingUser(*snapshot, Server(),
                        Appservice(*snapshot, "irc", "@alice:hs.test"))
          .status();
  EXPECT_EQ(std::string(status.message()),
            "application service irc cannot act as @alice:hs.test, which is "
            "not in its users namespaces");
}

TEST(ResolveActingUserTest, UnregisteredSinceIsAnUnknownToken) {
  Principal gone{
      .actor = AppserviceCaller{.uid = "99", .asserted_user_id = std::nullopt},
      .registry_revision = 7};
  absl::Status status =
      ResolveActingUser(*ThreeAppservices(), Server(), gone).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetErrcode(status), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(ResolveActingUser(*ThreeAppservices(), Server(), Alice("99"))
                .status()
                .code(),
            absl::StatusCode::kUnauthenticated);
}

// Clients log out for good on M_UNKNOWN_TOKEN: never for a passing fault.
TEST(ResolveActingUserTest, SnapshotBehindTheGatewayIsUnavailable) {
  Principal new_one{
      .actor = AppserviceCaller{.uid = "99", .asserted_user_id = std::nullopt},
      .registry_revision = 8};
  EXPECT_EQ(
      ResolveActingUser(*ThreeAppservices(), Server(), new_one).status().code(),
      absl::StatusCode::kUnavailable);
}

TEST(ResolveActingUserTest, TransactionScopesDiffer) {
  auto snapshot = ThreeAppservices();
  auto scope = [&](const Principal& principal) {
    return ResolveActingUser(*snapshot, Server(), principal).value().txn_scope;
  };
  Principal other_token = Alice();
  std::get<Person>(other_token.actor).access_token_sha256 =
      std::string(32, '\x02');
  EXPECT_NE(scope(Alice()), scope(other_token));
  EXPECT_NE(scope(Alice()), scope(Alice(snapshot->FindById("irc")->uid)));
  EXPECT_NE(scope(Appservice(*snapshot, "irc", "@irc_a:hs.test")),
            scope(Appservice(*snapshot, "irc", "@irc_b:hs.test")));
  EXPECT_NE(scope(Appservice(*snapshot, "irc", "@relay_a:hs.test")),
            scope(Appservice(*snapshot, "wide", "@relay_a:hs.test")));
}

// Who wants to own what: a user of that localpart and an alias of that name.
struct OwnershipCase {
  std::string name;
  std::string creator;  // Empty: a person.
  std::string localpart;
  bool user_allowed;
  bool alias_allowed;
};

void PrintTo(const OwnershipCase& test_case, std::ostream* out) {
  *out << test_case.name;
}

class OwnershipTest : public ::testing::TestWithParam<OwnershipCase> {};

void ExpectExclusive(bool allowed, const absl::Status& status) {
  if (allowed) {
    EXPECT_TRUE(status.ok()) << status;
    return;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_EXCLUSIVE");
}

TEST_P(OwnershipTest, ExclusiveBothWays) {
  const OwnershipCase& test_case = GetParam();
  auto snapshot = ThreeAppservices();
  Principal principal = test_case.creator.empty()
                            ? Alice()
                            : Appservice(*snapshot, test_case.creator);
  ExpectExclusive(
      test_case.user_allowed,
      MayCreateUser(*snapshot, test_case.creator.empty() ? nullptr : &principal,
                    User("@" + test_case.localpart + ":hs.test")));
  ExpectExclusive(test_case.alias_allowed,
                  MayManageAlias(*snapshot, principal,
                                 matrix::RoomAlias::Parse(
                                     "#" + test_case.localpart + ":hs.test")
                                     .value()));
}

INSTANTIATE_TEST_SUITE_P(
    All, OwnershipTest,
    ::testing::Values(
        OwnershipCase{"PersonFree", "", "alice", true, true},
        OwnershipCase{"PersonInExclusive", "", "irc_bob", false, false},
        OwnershipCase{"PersonInNotExclusive", "", "relay_bob", true, true},
        OwnershipCase{"PersonAsSender", "", "ircbot", false, true},
        OwnershipCase{"OwnerInExclusive", "irc", "irc_bob", true, true},
        OwnershipCase{"OwnerInNotExclusive", "irc", "relay_bob", true, false},
        OwnershipCase{"Sender", "irc", "ircbot", true, false},
        OwnershipCase{"Outside", "irc", "alice", false, false},
        OwnershipCase{"OfAnother", "irc", "other_bob", false, false},
        // Any match: the wide namespace doesn't hide the exclusive one.
        OwnershipCase{"WideInExclusive", "wide", "irc_bob", false, false},
        OwnershipCase{"WideInNotExclusive", "wide", "relay_bob", true, true},
        OwnershipCase{"WideFree", "wide", "alice", true, true}),
    [](const auto& info) { return info.param.name; });

TEST(MayManageAliasTest, AliasOfAnotherServerIsNobodys) {
  auto snapshot = ThreeAppservices();
  const matrix::RoomAlias alias =
      matrix::RoomAlias::Parse("#irc_room:else.test").value();
  for (const Principal& principal : {Alice(), Appservice(*snapshot, "irc")}) {
    const absl::Status status = MayManageAlias(*snapshot, principal, alias);
    EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("#irc_room:else.test"));
  }
}

// Goal: a process that starts while the registry is away gives nothing away.
TEST(OwnershipTest, NothingIsAnybodysBeforeTheRegistryWasHeardOf) {
  const RegistrySnapshot nothing;
  const matrix::UserId bob = User("@irc_bob:hs.test");
  const Principal irc = Appservice(*ThreeAppservices(), "irc");
  EXPECT_TRUE(absl::IsUnavailable(MayCreateUser(nothing, nullptr, bob)));
  EXPECT_TRUE(absl::IsUnavailable(MayCreateUser(nothing, &irc, bob)));
  EXPECT_TRUE(absl::IsUnavailable(
      MayManageAlias(nothing, Alice(),
                     matrix::RoomAlias::Parse("#irc_room:hs.test").value())));
}

// Goal: a namespace that isn't exclusive gives no power over the users of one
// that is, though its holder acts as them.
TEST(MayEditUserTest, NotThoseOfAnothersExclusiveNamespace) {
  const auto snapshot = ThreeAppservices();
  const auto may_edit = [&](const Principal& principal) {
    return MayEditUser(
        *snapshot, ResolveActingUser(*snapshot, Server(), principal).value());
  };
  EXPECT_EQ(may_edit(Appservice(*snapshot, "irc", "@irc_bob:hs.test")),
            absl::OkStatus());
  EXPECT_EQ(may_edit(Appservice(*snapshot, "irc")), absl::OkStatus());
  EXPECT_EQ(may_edit(Appservice(*snapshot, "wide", "@relay_bob:hs.test")),
            absl::OkStatus());
  EXPECT_EQ(may_edit(Alice()), absl::OkStatus());
  const absl::Status refused =
      may_edit(Appservice(*snapshot, "wide", "@irc_bob:hs.test"));
  EXPECT_EQ(refused.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(refused), "M_EXCLUSIVE");
}

TEST(MayCreateUserTest, UnregisteredSinceIsAnUnknownToken) {
  Principal gone{
      .actor = AppserviceCaller{.uid = "99", .asserted_user_id = std::nullopt},
      .registry_revision = 7};
  EXPECT_EQ(MayCreateUser(*ThreeAppservices(), &gone, User("@irc_bob:hs.test"))
                .code(),
            absl::StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace causeway::homeserver
