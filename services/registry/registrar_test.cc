#include "services/registry/registrar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/registry/grant.h"
#include "services/registry/namespace_check.h"
#include "services/registry/registrar_fixture.h"
#include "services/registry/registration.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/status/errcode.h"

namespace causeway::registry {
namespace {

using namespaces::NamespaceKind;
using Outcome = Registrar::Outcome;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using RegistrarTest = RegistrarFixture;

TEST_F(RegistrarTest, RegistersUnderItsGrant) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  absl::StatusOr<Registrar::Registered> registered =
      Register(Claim("T_a", "@irc_.*"));
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_EQ(registered->outcome, Outcome::kCreated);
  EXPECT_EQ(registered->appservice.registration.id, "irc");
  EXPECT_EQ(registered->appservice.revision, 2);
  EXPECT_EQ(Revision(), 2);
  EXPECT_EQ(store_.GetAppservice("irc").value(), registered->appservice);
}

TEST_F(RegistrarTest, HsTokenHas256RandomBitsAndIsKeptSealed) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(CreateGrant("xmpp", "T_b").ok());
  auto irc = Register(Claim("T_a", "@irc_.*")).value();
  auto xmpp = Register(Claim("T_b", "@xmpp_.*")).value();
  EXPECT_EQ(irc.hs_token.size(), 64u);
  EXPECT_NE(irc.hs_token, xmpp.hs_token);
  EXPECT_EQ(irc.appservice.hs_token_sealed.find(irc.hs_token),
            std::string::npos);
  EXPECT_EQ(secret_box_.Open(irc.appservice.hs_token_sealed, "1").value(),
            irc.hs_token);
  // Bound to its owner: a row copied under another uid doesn't open.
  EXPECT_FALSE(secret_box_.Open(irc.appservice.hs_token_sealed, "2").ok());
}

// Source: services of the draft's days register at every start.
TEST_F(RegistrarTest, EqualRegistrationChangesNothing) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  auto first = Register(Claim("T_a", "@irc_.*")).value();
  clock_.AdvanceTime(absl::Seconds(1));
  auto second = Register(Claim("T_a", "@irc_.*")).value();
  EXPECT_EQ(second.outcome, Outcome::kUnchanged);
  EXPECT_EQ(second.hs_token, first.hs_token);
  EXPECT_EQ(second.appservice, first.appservice);
  EXPECT_EQ(Revision(), 2);
  EXPECT_EQ(store_.audit_records().size(), 2u);
}

TEST_F(RegistrarTest, GrantThatIsNarrowedMeanwhileCounts) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  store_.BeforeNextChange([this] {
    ASSERT_TRUE(store_
                    .Run([](RegistryStore::Change& change) {
                      Grant grant = MakeGrant("irc", "T_a");
                      grant.ceilings.users = {"@irc_.*"};
                      return change.ReplaceGrant(grant);
                    })
                    .ok());
  });
  EXPECT_EQ(Register(Claim("T_a", "@xmpp_.*")).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(RegistrarTest, ReplacingKeepsUidAndHsToken) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  auto first = Register(Claim("T_a", "@irc_.*")).value();
  Registrar::Application claim = Claim("T_a", "@irc_b.*");
  claim.registration.url = "https://b.test/";
  clock_.AdvanceTime(absl::Seconds(1));
  auto second = Register(claim).value();
  EXPECT_EQ(second.outcome, Outcome::kReplaced);
  EXPECT_EQ(second.hs_token, first.hs_token);
  EXPECT_EQ(second.appservice.uid, first.appservice.uid);
  EXPECT_EQ(second.appservice.create_time, first.appservice.create_time);
  EXPECT_EQ(second.appservice.update_time, clock_.Now());
  EXPECT_EQ(second.appservice.revision, 3);
  EXPECT_EQ(second.appservice.registration.url, "https://b.test/");
}

TEST_F(RegistrarTest, HsTokenThatIsBroughtAlongIsTaken) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  Registrar::Application claim = Claim("T_a", "@irc_.*");
  claim.hs_token = "T_h";
  auto first = Register(claim).value();
  EXPECT_EQ(first.hs_token, "T_h");
  EXPECT_EQ(Register(claim)->outcome, Outcome::kUnchanged);
  // Without one it stays ...
  EXPECT_EQ(Register(Claim("T_a", "@irc_.*"))->hs_token, "T_h");
  // ... and another one takes its place.
  claim.hs_token = "T_i";
  auto second = Register(claim).value();
  EXPECT_EQ(second.outcome, Outcome::kReplaced);
  EXPECT_EQ(second.hs_token, "T_i");
}

TEST_F(RegistrarTest, ExpiredGrantAllowsNothing) {
  Grant grant = MakeGrant("irc", "T_a");
  grant.expire_time = clock_.Now() + absl::Hours(1);
  ASSERT_TRUE(grants_.Create(grant, "r").ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  clock_.AdvanceTime(absl::Hours(1));
  absl::Status status = Register(Claim("T_a", "@irc_.*")).status();
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
  EXPECT_THAT(status.message(), HasSubstr("\"irc\" has expired"));
}

TEST_F(RegistrarTest, AddressPolicyComesFromTheGrant) {
  Grant grant = MakeGrant("irc", "T_a");
  grant.private_networks_allowed = false;
  ASSERT_TRUE(grants_.Create(grant, "r").ok());
  EXPECT_FALSE(
      Register(Claim("T_a", "@irc_.*"))->appservice.private_networks_allowed);
}

TEST_F(RegistrarTest, EmptyTokenIsMissing) {
  absl::Status status = Register(Claim("", "@irc_.*")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetErrcode(status), "M_MISSING_TOKEN");
}

TEST_F(RegistrarTest, UnknownTokenIsForbiddenWhateverElseIsWrong) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  absl::Status status = Register(Claim("T_x", "@(")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
}

TEST_F(RegistrarTest, BadRegexIsNamed) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  absl::Status status = Register(Claim("T_a", "@irc_(")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("namespaces.users[0]"), HasSubstr("@irc_(")));
}

TEST_F(RegistrarTest, OverlapIsRefusedAndLeavesNothing) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(CreateGrant("evil", "T_e").ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  absl::Status status = Register(Claim("T_e", "@irc_b.*")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_EXCLUSIVE");
  EXPECT_EQ(Revision(), 2);
  EXPECT_TRUE(absl::IsNotFound(store_.GetAppservice("evil").status()));
}

TEST_F(RegistrarTest, OwnOldNamespacesDoNotConflict) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  EXPECT_TRUE(Register(Claim("T_a", "@irc_b.*")).ok());
}

TEST_F(RegistrarTest, KnowsWhatAnotherReplicaHasDone) {
  Registrar other(matrix::ServerName::Parse("hs.test").value(), store_,
                  secret_box_, clock_);
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(CreateGrant("evil", "T_e").ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  EXPECT_EQ(GetErrcode(other.Register(Claim("T_e", "@irc_b.*"), "r").status()),
            "M_EXCLUSIVE");
  ASSERT_TRUE(other.Register(Claim("T_a", "@xmpp_.*"), "r").ok());
  EXPECT_TRUE(Register(Claim("T_e", "@irc_b.*")).ok());
  ASSERT_TRUE(other.UnregisterById("evil", "r").ok());
  EXPECT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
}

TEST_F(RegistrarTest, WhoRegistersMeanwhileIsInTheWay) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(CreateGrant("xmpp", "T_x").ok());
  ASSERT_TRUE(Register(Claim("T_x", "@xmpp_.*")).ok());
  store_.BeforeNextChange(
      [this] { ASSERT_TRUE(Register(Claim("T_x", "@irc_b[a-z].*")).ok()); });
  EXPECT_EQ(GetErrcode(Register(Claim("T_a", "@irc_.*")).status()),
            "M_EXCLUSIVE");
}

TEST_F(RegistrarTest, WhoGoesMeanwhileIsNotInTheWay) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(CreateGrant("xmpp", "T_x").ok());
  ASSERT_TRUE(Register(Claim("T_x", "@irc_.*")).ok());
  store_.BeforeNextChange(
      [this] { ASSERT_TRUE(registrar_.UnregisterById("xmpp", "r").ok()); });
  EXPECT_TRUE(Register(Claim("T_a", "@irc_b.*")).ok());
}

// Goal: nobody waits for a comparison that takes long. Method: tells the time
// when the lock is taken, which should be nearly all of it.
TEST_F(RegistrarTest, NamespacesAreComparedBeforeTheLockIsTaken) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(CreateGrant("xmpp", "T_x").ok());
  ASSERT_TRUE(Register(Claim("T_x", "@[ab]*a[ab]{200}:")).ok());
  const RealClock clock;
  const absl::Duration begin = clock.MonotonicNow();
  absl::Duration locked;
  store_.BeforeNextChange([&] { locked = clock.MonotonicNow(); });
  ASSERT_TRUE(Register(Claim("T_a", "@[ab]*b[ab]{200}:")).ok());
  const absl::Duration end = clock.MonotonicNow();
  EXPECT_GT(locked - begin, 3 * (end - locked))
      << locked - begin << " " << end - locked;
}

TEST_F(RegistrarTest, RefusedReplacementLeavesTheOldOneInTheWay) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(CreateGrant("xmpp", "T_x").ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  ASSERT_TRUE(Register(Claim("T_x", "@xmpp_.*")).ok());
  EXPECT_FALSE(Register(Claim("T_a", "@xmpp_b.*")).ok());
  EXPECT_EQ(GetErrcode(Register(Claim("T_x", "@irc_b.*")).status()),
            "M_EXCLUSIVE");
}

TEST_F(RegistrarTest, LostKeyIsAnErrorNotANewToken) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  const secrets::SecretBox other_key =
      secrets::SecretBox::FromKeyHex(std::string(64, 'b')).value();
  Registrar other(matrix::ServerName::Parse("hs.test").value(), store_,
                  other_key, clock_);
  EXPECT_EQ(other.Register(Claim("T_a", "@irc_.*"), "r").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(RegistrarTest, UnregisteringFreesTheNamespaces) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(CreateGrant("other", "T_o").ok());
  auto first = Register(Claim("T_a", "@irc_.*")).value();
  EXPECT_EQ(registrar_.UnregisterByToken("T_a", "r")->revision, 3);
  EXPECT_TRUE(Register(Claim("T_o", "@irc_.*")).ok());
  EXPECT_THAT(store_.ListChanges(2)->removals,
              ::testing::ElementsAre(
                  Removal{.uid = first.appservice.uid, .revision = 3}));
}

TEST_F(RegistrarTest, RegisteringAfterUnregisterIsANewRegistration) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  auto first = Register(Claim("T_a", "@irc_.*")).value();
  ASSERT_TRUE(registrar_.UnregisterByToken("T_a", "r").ok());
  auto second = Register(Claim("T_a", "@irc_.*")).value();
  EXPECT_EQ(second.outcome, Outcome::kCreated);
  EXPECT_GT(second.appservice.uid, first.appservice.uid);
  EXPECT_NE(second.hs_token, first.hs_token);
}

TEST_F(RegistrarTest, UnregisterRefusesStrangers) {
  EXPECT_EQ(GetErrcode(registrar_.UnregisterByToken("", "r").status()),
            "M_MISSING_TOKEN");
  absl::Status status = registrar_.UnregisterByToken("T_x", "r").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  EXPECT_EQ(registrar_.UnregisterByToken("T_a", "r").status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(RegistrarTest, OperatorUnregistersById) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  EXPECT_EQ(registrar_.UnregisterById("xmpp", "r").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(registrar_.UnregisterById("irc", "r", "gone")->revision, 3);
  EXPECT_EQ(store_.audit_records().back().actor, "operator");
  EXPECT_EQ(store_.audit_records().back().reason, "gone");
}

TEST_F(RegistrarTest, StoreThatIsAwayIsUnavailable) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  store_.SetFailure(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(Register(Claim("T_a", "@irc_.*")).status()));
  EXPECT_TRUE(
      absl::IsUnavailable(registrar_.UnregisterByToken("T_a", "r").status()));
}

}  // namespace
}  // namespace causeway::registry
