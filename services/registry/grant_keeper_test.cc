#include "services/registry/grant_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/registry/audit.h"
#include "services/registry/grant.h"
#include "services/registry/registrar.h"
#include "services/registry/registrar_fixture.h"
#include "services/registry/registry_store.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/errcode.h"

namespace causeway::registry {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GrantKeeperTest : public RegistrarFixture {
 protected:
  // One that allows users of irc_ only.
  static Grant MakeGrant(const std::string& name, const std::string& as_token) {
    Grant grant;
    grant.name = name;
    grant.as_token_sha256 = matrix::Sha256(as_token);
    grant.ceilings.users = {"@irc_.*"};
    return grant;
  }

  absl::Status CreateGrant(const std::string& name,
                           const std::string& as_token) {
    return grants_.Create(MakeGrant(name, as_token), "r").status();
  }

  absl::StatusOr<Registrar::Registered> Register(const std::string& as_token,
                                                 const std::string& users) {
    return RegistrarFixture::Register(Claim(as_token, users));
  }

  // Its users ceiling becomes `users`.
  absl::StatusOr<GrantKeeper::Updated> Narrow(const std::string& users,
                                              bool unregister = false) {
    GrantKeeper::Update update;
    update.name = "irc";
    update.ceilings = Ceilings{.users = {users}};
    update.unregister = unregister;
    return grants_.Apply(update, "r");
  }
};

TEST_F(GrantKeeperTest, EqualGrantIsTheOneThatExists) {
  absl::StatusOr<Grant> first = grants_.Create(MakeGrant("irc", "T_a"), "r");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->create_time, clock_.Now());
  clock_.AdvanceTime(absl::Seconds(1));
  absl::StatusOr<Grant> second = grants_.Create(MakeGrant("irc", "T_a"), "r");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->create_time, first->create_time);
  EXPECT_EQ(store_.audit_records().size(), 1u);
}

TEST_F(GrantKeeperTest, GrantOfTheSameNameButDifferentIsRefused) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  absl::Status status = CreateGrant("irc", "T_b");
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_UNKNOWN");
  EXPECT_THAT(status.message(), HasSubstr("\"irc\""));
}

TEST_F(GrantKeeperTest, TokenBelongsToOneGrant) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  absl::Status status = CreateGrant("xmpp", "T_a");
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetErrcode(status), "M_UNKNOWN");
  EXPECT_THAT(status.message(), HasSubstr("\"irc\""));
}

TEST_F(GrantKeeperTest, BadGrantIsRefused) {
  EXPECT_EQ(CreateGrant("not a name", "T_a").code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(GrantKeeperTest, DeletingAGrantUnregisters) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register("T_a", "@irc_.*").ok());
  EXPECT_EQ(grants_.Delete("irc", "r", "gone").value(), 3);
  for (size_t i : {2, 1}) {  // Both that it ends and that it is gone.
    const std::vector<AuditRecord> records = store_.audit_records();
    EXPECT_EQ(records[records.size() - i].reason, "gone");
  }
  EXPECT_TRUE(absl::IsNotFound(store_.GetAppservice("irc").status()));
  EXPECT_EQ(Register("T_a", "@irc_.*").status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(GrantKeeperTest, DeletingAnUnusedGrantKeepsTheRevision) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  EXPECT_EQ(grants_.Delete("irc", "r").value(), 0);
  EXPECT_EQ(Revision(), 1);
  EXPECT_EQ(grants_.Delete("irc", "r").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(GrantKeeperTest, GrantThatHasExpiredAlreadyIsAMistake) {
  Grant grant = MakeGrant("irc", "T_a");
  grant.expire_time = clock_.Now();
  absl::Status status = grants_.Create(grant, "r").status();
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(status.message(), HasSubstr("expire_time"));
}

TEST_F(GrantKeeperTest, WhatAnUpdateDoesNotHaveStays) {
  Grant before = MakeGrant("irc", "T_a");
  before.url_prefix = "https://a.test";
  ASSERT_TRUE(grants_.Create(before, "r").ok());
  before = store_.GetGrant("irc")->grant;
  GrantKeeper::Update update;
  update.name = "irc";
  ASSERT_TRUE(grants_.Apply(update, "r").ok());
  EXPECT_EQ(store_.audit_records().size(), 1u);  // Nothing has changed.
  update.expire_time = clock_.Now() + absl::Hours(1);
  ASSERT_TRUE(grants_.Apply(update, "r").ok());
  Grant after = store_.GetGrant("irc")->grant;
  EXPECT_EQ(after.expire_time, update.expire_time);
  after.expire_time = before.expire_time;
  EXPECT_TRUE(AllowSame(before, after));
  const AuditRecord record = store_.audit_records().back();
  EXPECT_EQ(record.action, kUpdateGrant);
  EXPECT_THAT(record.before_json, HasSubstr(R"("expire_time":null)"));
  EXPECT_THAT(record.after_json, HasSubstr(R"("expire_time":")"));
}

TEST_F(GrantKeeperTest, BroadCeilingsMayBeAllowedLater) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  GrantKeeper::Update update;
  update.name = "irc";
  update.allow_broad = true;
  ASSERT_TRUE(grants_.Apply(update, "r").ok());
  EXPECT_TRUE(store_.GetGrant("irc")->grant.allow_broad);
  EXPECT_TRUE(Narrow("@.*").ok());
  update.allow_broad = false;
  EXPECT_THAT(grants_.Apply(update, "r").status().message(),
              HasSubstr("ceilings.users[0]"));
}

TEST_F(GrantKeeperTest, BadUpdateIsRefused) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  EXPECT_EQ(GetErrcode(Narrow("@(").status()), "M_INVALID_PARAM");
  EXPECT_THAT(Narrow("@.*").status().message(), HasSubstr("allow_broad"));
  GrantKeeper::Update update;
  update.name = "nobody";
  EXPECT_TRUE(absl::IsNotFound(grants_.Apply(update, "r").status()));
}

TEST_F(GrantKeeperTest, NarrowerThanWhatIsRegisteredIsRefusedWithAWitness) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register("T_a", "@irc_.*").ok());
  const absl::Status status = Narrow("@irc_[a-m].*").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("\"irc\""), HasSubstr("namespaces.users[0]"),
                    HasSubstr("would also claim \"@irc_")));
  EXPECT_THAT(store_.GetGrant("irc")->grant.ceilings.users,
              ElementsAre("@irc_.*"));
  EXPECT_EQ(Revision(), 2);
}

TEST_F(GrantKeeperTest, NarrowerThanWhatIsRegisteredMayEndIt) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register("T_a", "@irc_.*").ok());
  const auto narrowed = Narrow("@irc_[a-m].*", /*unregister=*/true);
  ASSERT_TRUE(narrowed.ok()) << narrowed.status();
  EXPECT_EQ(narrowed->ended_id, "irc");
  EXPECT_EQ(narrowed->revision, 3);
  EXPECT_TRUE(absl::IsNotFound(store_.GetAppservice("irc").status()));
  EXPECT_FALSE(Register("T_a", "@irc_.*").ok());
  EXPECT_TRUE(Register("T_a", "@irc_b.*").ok());
}

TEST_F(GrantKeeperTest, NarrowingAroundWhatIsRegisteredLeavesItAlone) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register("T_a", "@irc_b.*").ok());
  const auto narrowed = Narrow("@irc_[a-m].*", /*unregister=*/true);
  ASSERT_TRUE(narrowed.ok()) << narrowed.status();
  EXPECT_EQ(narrowed->ended_id, "");
  EXPECT_EQ(narrowed->revision, 0);
  EXPECT_EQ(Revision(), 2);
}

TEST_F(GrantKeeperTest, AddressPolicyReachesConsumers) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register("T_a", "@irc_.*").ok());
  GrantKeeper::Update update;
  update.name = "irc";
  update.private_networks_allowed = false;
  EXPECT_EQ(grants_.Apply(update, "r")->revision, 3);
  const Changes changes = store_.ListChanges(2).value();
  ASSERT_EQ(changes.updated.size(), 1u);
  EXPECT_FALSE(changes.updated[0].private_networks_allowed);
}

TEST_F(GrantKeeperTest, WhenItExpiresIsNewsForOthers) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Register("T_a", "@irc_.*").ok());
  GrantKeeper::Update update;
  update.name = "irc";
  update.expire_time = clock_.Now() + absl::Hours(1);
  EXPECT_EQ(grants_.Apply(update, "r")->revision, 3);
  const Changes changes = store_.ListChanges(2).value();
  ASSERT_EQ(changes.updated.size(), 1u);
  EXPECT_EQ(changes.updated[0].expire_time, update.expire_time);
}

TEST_F(GrantKeeperTest, ExpiryEndsTheRegistrationOnceAndIsOnRecord) {
  Grant grant = MakeGrant("irc", "T_a");
  grant.expire_time = clock_.Now() + absl::Hours(1);
  ASSERT_TRUE(grants_.Create(grant, "r").ok());
  ASSERT_TRUE(Register("T_a", "@irc_.*").ok());
  EXPECT_THAT(grants_.EndExpired().value(), IsEmpty());
  clock_.AdvanceTime(absl::Hours(1));
  EXPECT_THAT(grants_.EndExpired().value(), ElementsAre("irc"));
  EXPECT_EQ(Revision(), 3);
  const AuditRecord record = store_.audit_records().back();
  EXPECT_EQ(record.actor, "expiry");
  EXPECT_EQ(record.action, kUnregister);
  EXPECT_THAT(record.before_json, HasSubstr("@irc_.*"));
  EXPECT_THAT(grants_.EndExpired().value(), IsEmpty());
  EXPECT_EQ(Revision(), 3);
  // Prolonged, it is as before.
  GrantKeeper::Update update;
  update.name = "irc";
  update.expire_time = absl::InfiniteFuture();
  ASSERT_TRUE(grants_.Apply(update, "r").ok());
  EXPECT_TRUE(Register("T_a", "@irc_.*").ok());
}

}  // namespace
}  // namespace causeway::registry
