#include "services/homeserver/rooms/restricted_join.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_sender.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/membership_changes.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The room !r:hs lets in who is in !club:hs; its members may not invite.
class RestrictedJoinTest : public ::testing::Test {
 protected:
  RestrictedJoinTest() {
    AppendRoom(store_, "!r:hs", "@creator:hs");
    AppendRoom(store_, "!club:hs", "@host:hs");
    Append(store_, "!r:hs",
           Draft("@creator:hs", kPowerLevelsType, "",
                 R"({"invite":50,"users":{"@creator:hs":100,"@mod:hs":50}})"));
    SetRule("restricted");
  }

  void SetRule(const std::string& rule,
               const std::string& allow =
                   R"([7,{"type":"m.other","room_id":"!r:hs"},
                       {"type":"m.room_membership"},
                       {"type":"m.room_membership","room_id":"!club:hs"}])") {
    Append(store_, "!r:hs",
           Draft("@creator:hs", kJoinRulesType, "",
                 absl::StrCat(R"({"join_rule":")", rule, R"(","allow":)", allow,
                              "}")));
  }
  void Put(const std::string& room_id, const std::string& user_id,
           const std::string& membership) {
    Append(store_, room_id, MemberDraft(user_id, user_id, membership));
  }
  absl::Status Join(const std::string& user_id) {
    return changes_.Join(Room("!r:hs"), {User(user_id), {}}, "");
  }
  std::string ContentOf(const std::string& user_id) {
    return ParseStoredEvent(store_
                                .StateEventAt("!r:hs", {kMemberType, user_id},
                                              store_.LastPosition().value())
                                .value()
                                .value()
                                .json)
        .value()
        .content_json;
  }

  FakeClock clock_;
  FakeRoomStore store_;
  MembershipChanges changes_{store_, store_, clock_};
  EventSender sender_{store_, clock_};
};

TEST_F(RestrictedJoinTest, MemberOfAnAllowedRoomIsLetInByAMemberWhoMayInvite) {
  for (const char* rule : {"restricted", "knock_restricted"}) {
    SetRule(rule);
    const std::string user = absl::StrCat("@in.", rule, ":hs");
    Put("!club:hs", user, "join");
    EXPECT_EQ(Join(user), absl::OkStatus()) << rule;
    EXPECT_THAT(
        ContentOf(user),
        HasSubstr(R"("join_authorised_via_users_server":"@creator:hs")"));
  }
}

TEST_F(RestrictedJoinTest, OthersAreRefused) {
  Put("!club:hs", "@was:hs", "join");
  Put("!club:hs", "@was:hs", "leave");
  Put("!club:hs", "@asked:hs", "invite");
  for (const char* user : {"@stranger:hs", "@was:hs", "@asked:hs"}) {
    EXPECT_EQ(GetErrcode(Join(user)), "M_FORBIDDEN") << user;
  }
}

TEST_F(RestrictedJoinTest, ConditionsOfAnotherRuleLetNobodyIn) {
  Put("!club:hs", "@alice:hs", "join");
  for (const char* rule : {"invite", "knock", "private"}) {
    SetRule(rule);
    EXPECT_EQ(GetErrcode(Join("@alice:hs")), "M_FORBIDDEN") << rule;
  }
}

TEST_F(RestrictedJoinTest, BannedStaysOut) {
  Put("!club:hs", "@alice:hs", "join");
  Append(store_, "!r:hs", MemberDraft("@creator:hs", "@alice:hs", "ban"));
  EXPECT_EQ(GetErrcode(Join("@alice:hs")), "M_FORBIDDEN");
}

TEST_F(RestrictedJoinTest, InvitedNeedsNoCondition) {
  Append(store_, "!r:hs", MemberDraft("@creator:hs", "@guest:hs", "invite"));
  EXPECT_EQ(Join("@guest:hs"), absl::OkStatus());
  EXPECT_THAT(ContentOf("@guest:hs"), Not(HasSubstr("authorised")));
}

TEST_F(RestrictedJoinTest, SomebodyInTheRoomHasToBeAbleToInvite) {
  Put("!club:hs", "@alice:hs", "join");
  Put("!r:hs", "@mod:hs", "join");
  Put("!r:hs", "@creator:hs", "leave");
  EXPECT_EQ(Join("@alice:hs"), absl::OkStatus());
  EXPECT_THAT(ContentOf("@alice:hs"), HasSubstr(R"(server":"@mod:hs")"));
  Put("!r:hs", "@mod:hs", "leave");
  Put("!club:hs", "@bob:hs", "join");
  EXPECT_EQ(GetErrcode(Join("@bob:hs")), "M_FORBIDDEN");
}

TEST_F(RestrictedJoinTest, ConditionsBeyondTheBoundAreNotLookedAt) {
  std::string allow = "[";
  for (size_t i = 0; i < kJoinConditionsMax; ++i) {
    absl::StrAppend(&allow, R"({"type":"m.room_membership","room_id":"!x)", i,
                    R"(:hs"},)");
  }
  SetRule("restricted",
          absl::StrCat(
              allow, R"({"type":"m.room_membership","room_id":"!club:hs"}])"));
  Put("!club:hs", "@alice:hs", "join");
  EXPECT_EQ(GetErrcode(Join("@alice:hs")), "M_FORBIDDEN");
}

// Goal: nobody lets themselves in by naming who lets them in.
TEST_F(RestrictedJoinTest, ClientsWordForItCountsNothing) {
  auto send = [&](const std::string& user_id) {
    return sender_
        .Send(
            {.user_id = User(user_id),
             .device_id = "",
             .appservice_uid = "",
             .txn_scope = ""},
            {.room_id = Room("!r:hs"),
             .type = kMemberType,
             .state_key = user_id,
             .content_json = R"({"membership":"join",)"
                             R"("join_authorised_via_users_server":"@mod:hs"})",
             .txn_id = ""})
        .status();
  };
  Put("!r:hs", "@mod:hs", "join");
  EXPECT_EQ(GetErrcode(send("@stranger:hs")), "M_FORBIDDEN");
  Put("!club:hs", "@alice:hs", "join");
  EXPECT_EQ(send("@alice:hs"), absl::OkStatus());
  EXPECT_THAT(ContentOf("@alice:hs"), HasSubstr(R"(server":"@creator:hs")"));
}

}  // namespace
}  // namespace causeway::homeserver
