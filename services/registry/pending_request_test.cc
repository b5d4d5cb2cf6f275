#include "services/registry/pending_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/registry/audit.h"
#include "services/registry/grant.h"
#include "services/registry/registrar.h"
#include "services/registry/registrar_fixture.h"
#include "services/registry/registration.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/status/errcode.h"

namespace causeway::registry {
namespace {

using namespaces::NamespaceKind;
using Outcome = Registrar::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A grant of irc_ names, whose holder asks for others.
class PendingRequestTest : public RegistrarFixture {
 protected:
  PendingRequestTest() {
    Grant grant = MakeGrant("irc", "T_a");
    grant.ceilings = {.users = {"@irc_.*"}};
    grant.allow_broad = false;
    EXPECT_TRUE(grants_.Create(grant, "r").ok());
  }

  std::vector<PendingRequest> Pending() {
    return store_.ListPendingRequests(0, 9).value();
  }
};

TEST_F(PendingRequestTest, WhatIsBeyondTheGrantIsRefusedAndKept) {
  Registrar::Application claim = Claim("T_a", "@xmpp_.*");
  claim.hs_token = "T_h";
  const absl::Status refusal = Register(claim).status();
  EXPECT_EQ(GetErrcode(refusal), "M_FORBIDDEN");
  EXPECT_THAT(refusal.message(), HasSubstr("would also claim \"@xmpp_"));
  ASSERT_EQ(Pending().size(), 1u);
  const PendingRequest kept = Pending()[0];
  EXPECT_EQ(kept.grant_name, "irc");
  EXPECT_EQ(kept.wanted.namespaces[0].regex, "@xmpp_.*");
  EXPECT_EQ(kept.wanted.id, "irc");
  ASSERT_EQ(kept.differences.size(), 1u);
  EXPECT_EQ(kept.differences[0].field, "namespaces.users[0]");
  EXPECT_THAT(kept.differences[0].witness, HasSubstr("@xmpp_"));
  EXPECT_EQ(kept.hs_token_sealed.find("T_h"), std::string::npos);
  EXPECT_EQ(Revision(), 1);
}

TEST_F(PendingRequestTest, SameRequestIsNotAnotherOneButANewerReplacesIt) {
  EXPECT_FALSE(Register(Claim("T_a", "@xmpp_.*")).ok());
  const int64_t first = Pending().at(0).pending_id;
  EXPECT_FALSE(Register(Claim("T_a", "@xmpp_.*")).ok());
  EXPECT_EQ(Pending().at(0).pending_id, first);
  EXPECT_FALSE(Register(Claim("T_a", "@sip_.*")).ok());
  ASSERT_EQ(Pending().size(), 1u);
  EXPECT_GT(Pending()[0].pending_id, first);
  const std::vector<AuditRecord> records = store_.audit_records();
  const auto& newer = records.back();
  const auto& older = records[records.size() - 2];
  EXPECT_EQ(older.action, "keep_request");
  EXPECT_EQ(older.actor, "appservice irc");
  EXPECT_EQ(older.before_json, "");
  EXPECT_EQ(newer.action, "keep_request");
  EXPECT_EQ(newer.before_json, older.after_json);
  EXPECT_THAT(newer.after_json, HasSubstr("@sip_.*"));
  EXPECT_TRUE(
      absl::IsNotFound(registrar_.ApprovePending(first, false, "r").status()));
}

TEST_F(PendingRequestTest, ApprovingWidensTheGrantAndRegisters) {
  const auto before = Register(Claim("T_a", "@irc_.*")).value();
  Registrar::Application claim = Claim("T_a", "@xmpp_.*");
  claim.hs_token = "T_h";
  EXPECT_FALSE(Register(claim).ok());
  const auto approved =
      registrar_.ApprovePending(Pending().at(0).pending_id, false, "r");
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(approved->hs_token, "T_h");
  EXPECT_EQ(approved->appservice.uid, before.appservice.uid);
  EXPECT_EQ(store_.GetAppservice("irc")->registration.namespaces[0].regex,
            "@xmpp_.*");
  EXPECT_THAT(store_.GetGrant("irc")->grant.ceilings.users,
              ElementsAre("@irc_.*", "@xmpp_.*"));
  EXPECT_TRUE(Pending().empty());
  const std::vector<AuditRecord> records = store_.audit_records();
  const AuditRecord& grant_record = records[records.size() - 2];
  EXPECT_EQ(grant_record.action, kApproveRequest);
  EXPECT_EQ(grant_record.actor, "operator");
  EXPECT_THAT(grant_record.after_json, HasSubstr("@xmpp_.*"));
  EXPECT_EQ(records.back().action, kReplaceRegistration);
  EXPECT_EQ(records.back().actor, "operator");
  // Asking again finds it done.
  EXPECT_EQ(Register(claim)->outcome, Outcome::kUnchanged);
}

TEST_F(PendingRequestTest, WhoAsksFirstIsToldItsTokenWhenItAsksAgain) {
  EXPECT_FALSE(Register(Claim("T_a", "@xmpp_.*")).ok());
  const auto approved =
      registrar_.ApprovePending(Pending().at(0).pending_id, false, "r").value();
  EXPECT_EQ(approved.outcome, Outcome::kCreated);
  const auto again = Register(Claim("T_a", "@xmpp_.*")).value();
  EXPECT_EQ(again.outcome, Outcome::kUnchanged);
  EXPECT_EQ(again.hs_token, approved.hs_token);
}

TEST_F(PendingRequestTest, BroadOnesNeedToBeMeant) {
  EXPECT_FALSE(Register(Claim("T_a", "@.*")).ok());
  const int64_t id = Pending().at(0).pending_id;
  const absl::Status status =
      registrar_.ApprovePending(id, /*allow_broad=*/false, "r").status();
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  EXPECT_THAT(status.message(), HasSubstr("allow_broad"));
  EXPECT_EQ(Pending().size(), 1u);
  EXPECT_TRUE(registrar_.ApprovePending(id, /*allow_broad=*/true, "r").ok());
  EXPECT_TRUE(store_.GetGrant("irc")->grant.allow_broad);
}

TEST_F(PendingRequestTest, ApprovingIsNoWayAroundOthers) {
  ASSERT_TRUE(CreateGrant("xmpp", "T_x").ok());
  ASSERT_TRUE(Register(Claim("T_x", "@xmpp_.*")).ok());
  EXPECT_FALSE(Register(Claim("T_a", "@xmpp_b.*")).ok());
  EXPECT_EQ(
      GetErrcode(
          registrar_.ApprovePending(Pending().at(0).pending_id, false, "r")
              .status()),
      "M_EXCLUSIVE");
  EXPECT_EQ(Pending().size(), 1u);
  EXPECT_THAT(store_.GetGrant("irc")->grant.ceilings.users,
              ElementsAre("@irc_.*"));
}

TEST_F(PendingRequestTest, RejectingForgetsItAndIsOnRecord) {
  EXPECT_FALSE(Register(Claim("T_a", "@xmpp_.*")).ok());
  const int64_t id = Pending().at(0).pending_id;
  ASSERT_TRUE(registrar_.RejectPending(id, "r").ok());
  EXPECT_TRUE(Pending().empty());
  EXPECT_EQ(store_.audit_records().back().action, kRejectRequest);
  EXPECT_THAT(store_.audit_records().back().before_json, HasSubstr("@xmpp_.*"));
  EXPECT_TRUE(absl::IsNotFound(registrar_.RejectPending(id, "r")));
}

TEST_F(PendingRequestTest, IsSettledWhenItsGrantRegistersWithinItsCeilings) {
  EXPECT_FALSE(Register(Claim("T_a", "@xmpp_.*")).ok());
  ASSERT_TRUE(Register(Claim("T_a", "@irc_.*")).ok());
  EXPECT_TRUE(Pending().empty());
}

TEST_F(PendingRequestTest, HugeOnesAreNotKept) {
  Registrar::Application claim = Claim("T_a", "@xmpp_.*");
  claim.registration.namespaces.assign(
      600, {NamespaceKind::kUsers, "@xmpp_" + std::string(100, 'x'), false});
  EXPECT_EQ(GetErrcode(Register(claim).status()), "M_FORBIDDEN");
  EXPECT_TRUE(Pending().empty());
}

TEST_F(PendingRequestTest, StrangersLeaveNothing) {
  EXPECT_FALSE(Register(Claim("T_x", "@xmpp_.*")).ok());
  EXPECT_TRUE(Pending().empty());
}

}  // namespace
}  // namespace causeway::registry
