#include "services/homeserver/rooms/membership_changes.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/reason.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;
using enum MembershipAction;

const matrix::RoomId kRoom = Room("!r:hs");
const Member kCreator = {User("@creator:hs"), {}};
const Member kAlice = {User("@alice:hs"),
                       {.display_name = "Alice", .avatar_url = "mxc://a"}};

class MembershipChangesTest : public ::testing::Test {
 protected:
  MembershipChangesTest() { AppendRoom(store_, "!r:hs", "@creator:hs"); }

  int64_t Now() { return store_.LastPosition().value(); }

  absl::Status Change(const Member& actor, MembershipAction action,
                      const Member& target, const std::string& reason = "") {
    return changes_.Change(kRoom, actor.user_id, action, target, reason);
  }

  // The content of alice's member event.
  std::string Content() {
    std::optional<StoredEvent> event =
        store_.StateEventAt("!r:hs", {kMemberType, "@alice:hs"}, Now()).value();
    return event.has_value()
               ? ParseStoredEvent(event->json).value().content_json
               : "none";
  }

  FakeClock clock_;
  FakeRoomStore store_;
  MembershipChanges changes_{store_, store_, clock_};
};

TEST_F(MembershipChangesTest, JoinCarriesProfileAndReason) {
  ASSERT_EQ(changes_.Join(kRoom, kAlice, "to talk"), absl::OkStatus());
  EXPECT_EQ(Content(), R"({"avatar_url":"mxc://a","displayname":"Alice",)"
                       R"("membership":"join","reason":"to talk"})");
}

TEST_F(MembershipChangesTest, WhoIsInJoinsWithoutAnEvent) {
  ASSERT_TRUE(changes_.Join(kRoom, kAlice, "").ok());
  const int64_t before = Now();
  EXPECT_EQ(changes_.Join(kRoom, kAlice, "again"), absl::OkStatus());
  EXPECT_EQ(Now(), before);
}

TEST_F(MembershipChangesTest, RoomThatDoesNotExistIsNotFound) {
  EXPECT_EQ(GetErrcode(changes_.Join(Room("!none:hs"), kAlice, "")),
            "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(changes_.Change(Room("!none:hs"), kAlice.user_id, kLeave,
                                       kAlice, "")),
            "M_FORBIDDEN");
}

TEST_F(MembershipChangesTest, ReasonIsBounded) {
  const std::string reason(kReasonBytesMax + 1, 'x');
  EXPECT_EQ(GetErrcode(changes_.Join(kRoom, kAlice, reason)),
            "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(Change(kCreator, kInvite, kAlice, reason)),
            "M_INVALID_PARAM");
}

TEST_F(MembershipChangesTest, InviteAndLeaveAndBackAgain) {
  ASSERT_EQ(Change(kCreator, kInvite, kAlice), absl::OkStatus());
  EXPECT_THAT(Content(), HasSubstr(R"("displayname":"Alice","membership":)"
                                   R"("invite")"));
  ASSERT_EQ(changes_.Join(kRoom, kAlice, ""), absl::OkStatus());
  ASSERT_EQ(Change(kAlice, kLeave, kAlice, "bye"), absl::OkStatus());
  EXPECT_EQ(Content(), R"({"membership":"leave","reason":"bye"})");
  const int64_t before = Now();
  EXPECT_EQ(Change(kAlice, kLeave, kAlice), absl::OkStatus());  // A repeat.
  EXPECT_EQ(Now(), before);
  EXPECT_EQ(changes_.Join(kRoom, kAlice, ""), absl::OkStatus());
}

TEST_F(MembershipChangesTest, KickOfOneselfIsLeaving) {
  ASSERT_TRUE(changes_.Join(kRoom, kAlice, "").ok());
  EXPECT_EQ(Change(kAlice, kKick, kAlice, "Quit: bye"), absl::OkStatus());
  EXPECT_EQ(Content(), R"({"membership":"leave","reason":"Quit: bye"})");
}

TEST_F(MembershipChangesTest, KickOfWhoIsOutIsForbidden) {
  EXPECT_EQ(GetErrcode(Change(kCreator, kKick, kAlice)), "M_FORBIDDEN");
  ASSERT_TRUE(changes_.Join(kRoom, kAlice, "").ok());
  EXPECT_EQ(Change(kCreator, kKick, kAlice), absl::OkStatus());
}

TEST_F(MembershipChangesTest, BanKeepsOutUntilUnbanned) {
  ASSERT_EQ(Change(kCreator, kBan, kAlice, "spam"), absl::OkStatus());
  EXPECT_EQ(GetErrcode(changes_.Join(kRoom, kAlice, "")), "M_FORBIDDEN");
  EXPECT_EQ(GetErrcode(Change(kCreator, kKick, kAlice)), "M_FORBIDDEN");
  ASSERT_EQ(Change(kCreator, kUnban, kAlice), absl::OkStatus());
  EXPECT_EQ(GetErrcode(Change(kCreator, kUnban, kCreator)), "M_FORBIDDEN");
  EXPECT_EQ(changes_.Join(kRoom, kAlice, ""), absl::OkStatus());
}

TEST_F(MembershipChangesTest, RoomIsForgottenByWhoHasLeftIt) {
  auto forgotten = [this] {
    return store_.MembershipsOf("!r:hs", "@alice:hs").value().back().forgotten;
  };
  EXPECT_EQ(changes_.Forget(kRoom, kAlice.user_id), absl::OkStatus());
  ASSERT_TRUE(Change(kCreator, kInvite, kAlice).ok());
  EXPECT_EQ(GetErrcode(changes_.Forget(kRoom, kAlice.user_id)), "M_UNKNOWN");
  ASSERT_TRUE(changes_.Join(kRoom, kAlice, "").ok());
  EXPECT_EQ(GetErrcode(changes_.Forget(kRoom, kAlice.user_id)), "M_UNKNOWN");
  EXPECT_FALSE(forgotten());
  ASSERT_TRUE(Change(kAlice, kLeave, kAlice).ok());
  EXPECT_EQ(changes_.Forget(kRoom, kAlice.user_id), absl::OkStatus());
  EXPECT_TRUE(forgotten());
  EXPECT_EQ(changes_.Forget(kRoom, kAlice.user_id), absl::OkStatus());
  ASSERT_TRUE(Change(kCreator, kBan, kAlice).ok());
  EXPECT_FALSE(forgotten());
  EXPECT_EQ(changes_.Forget(kRoom, kAlice.user_id), absl::OkStatus());
  EXPECT_TRUE(forgotten());
}

TEST_F(MembershipChangesTest, NobodyLeavesForAnother) {
  EXPECT_EQ(GetErrcode(Change(kCreator, kLeave, kAlice)), "M_INVALID_PARAM");
}

TEST_F(MembershipChangesTest, NewProfileGoesIntoTheRoomsOneIsIn) {
  AppendRoom(store_, "!other:hs", "@creator:hs");
  ASSERT_TRUE(changes_.Join(kRoom, kAlice, "hello").ok());
  ASSERT_TRUE(
      changes_.Change(Room("!other:hs"), kCreator.user_id, kInvite, kAlice, "")
          .ok());
  const int64_t before = Now();
  const Profile renamed = {.display_name = "Al", .avatar_url = std::nullopt};
  ASSERT_EQ(changes_.ProfileChanged(kAlice.user_id, renamed), absl::OkStatus());
  EXPECT_EQ(Content(),
            R"({"displayname":"Al","membership":"join","reason":"hello"})");
  EXPECT_EQ(Now(), before + 1);  // Where she is only invited nothing changes.
  ASSERT_EQ(changes_.ProfileChanged(kAlice.user_id, renamed), absl::OkStatus());
  EXPECT_EQ(Now(), before + 1);
}

TEST_F(MembershipChangesTest, RoomThatTakesNoProfileKeepsNoOtherFromIt) {
  const std::string rule = R"({"join_rule":"private"})";
  for (const char* room : {"!a:hs", "!z:hs"}) {
    AppendRoom(store_, room, "@creator:hs");
    ASSERT_TRUE(changes_.Join(Room(room), kAlice, "").ok());
    Append(store_, room, Draft("@creator:hs", kJoinRulesType, "", rule));
  }
  ASSERT_TRUE(changes_.Join(kRoom, kAlice, "").ok());
  const int64_t before = Now();
  EXPECT_EQ(changes_.ProfileChanged(kAlice.user_id, {.display_name = "Al"}),
            absl::OkStatus());
  EXPECT_EQ(Content(), R"({"displayname":"Al","membership":"join"})");
  EXPECT_EQ(Now(), before + 1);
}

TEST_F(MembershipChangesTest, WhoDepartsLeavesItsRoomsAndInvitations) {
  AppendRoom(store_, "!other:hs", "@creator:hs");
  AppendRoom(store_, "!third:hs", "@creator:hs");
  ASSERT_TRUE(changes_.Join(kRoom, kAlice, "").ok());
  ASSERT_TRUE(
      changes_.Change(Room("!other:hs"), kCreator.user_id, kInvite, kAlice, "")
          .ok());
  const int64_t before = Now();
  ASSERT_EQ(changes_.UserDeparts(kAlice.user_id), absl::OkStatus());
  EXPECT_EQ(Content(), R"({"membership":"leave"})");
  EXPECT_EQ(Now(), before + 2);
  ASSERT_EQ(changes_.UserDeparts(kAlice.user_id), absl::OkStatus());
  EXPECT_EQ(Now(), before + 2);
}

TEST_F(MembershipChangesTest, TellsWhenTheDatabaseIsAway) {
  store_.FailWith(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(changes_.Join(kRoom, kAlice, "")));
  EXPECT_TRUE(absl::IsUnavailable(changes_.ProfileChanged(kAlice.user_id, {})));
}

}  // namespace
}  // namespace causeway::homeserver
