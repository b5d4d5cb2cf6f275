#include "services/homeserver/rooms/room_views.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kRoom[] = "!r:hs";
constexpr char kBob[] = "@bob:hs";

class RoomViewsTest : public ::testing::Test {
 protected:
  void Member(const std::string& user_id, const std::string& membership) {
    Append(store_, kRoom, MemberDraft(kBob, user_id, membership));
  }
  void SetTopic(const std::string& topic) {
    Append(
        store_, kRoom,
        Draft(kBob, kTopicType, "", absl::StrCat("{\"t\":\"", topic, "\"}")));
  }
  std::string Topic(const matrix::UserId& viewer) {
    absl::StatusOr<std::string> content =
        views_.StateContent(viewer, kRoom, {kTopicType, ""});
    return content.ok() ? *content : GetErrcode(content.status());
  }
  const matrix::UserId alice_ = User("@alice:hs");
  FakeClock clock_;
  FakeRoomStore store_;
  RoomViews views_{store_, clock_};
};

TEST_F(RoomViewsTest, WhoIsInSeesTheStateAsItIs) {
  AppendRoom(store_, kRoom, kBob);
  Member("@alice:hs", "join");
  EXPECT_EQ(Topic(alice_), "M_NOT_FOUND");
  SetTopic("x");
  EXPECT_EQ(Topic(alice_), R"({"t":"x"})");
  EXPECT_EQ(views_.State(alice_, kRoom)->size(), 6u);
}

TEST_F(RoomViewsTest, WhoHasLeftSeesTheStateAsItWas) {
  AppendRoom(store_, kRoom, kBob);
  Member("@alice:hs", "join");
  SetTopic("then");
  Member("@alice:hs", "leave");
  SetTopic("now");
  EXPECT_EQ(Topic(alice_), R"({"t":"then"})");
}

TEST_F(RoomViewsTest, StrangersSeeNothingUnlessItIsWorldReadable) {
  AppendRoom(store_, kRoom, kBob);
  Member("@invited:hs", "invite");
  for (const matrix::UserId& viewer : {alice_, User("@invited:hs")}) {
    EXPECT_EQ(GetErrcode(views_.State(viewer, kRoom).status()), "M_FORBIDDEN");
    EXPECT_EQ(GetErrcode(views_.Members(viewer, kRoom, {}).status()),
              "M_FORBIDDEN");
    EXPECT_EQ(GetErrcode(views_.Aliases(viewer, kRoom).status()),
              "M_FORBIDDEN");
    EXPECT_EQ(GetErrcode(views_.MembershipOf(viewer, kRoom).status()),
              "M_FORBIDDEN");
    EXPECT_EQ(Topic(viewer), "M_FORBIDDEN");
  }
  EXPECT_EQ(GetErrcode(views_.State(alice_, "!none:hs").status()),
            "M_FORBIDDEN");
  Append(store_, kRoom,
         Draft(kBob, kHistoryVisibilityType, "",
               R"({"history_visibility":"world_readable"})"));
  EXPECT_TRUE(views_.State(alice_, kRoom).ok());
}

TEST_F(RoomViewsTest, TellsWhoIsJoined) {
  AppendRoom(store_, kRoom, kBob);
  auto joined = [this] { return views_.IsJoined(alice_, kRoom).value(); };
  EXPECT_FALSE(joined());
  Member("@alice:hs", "invite");
  EXPECT_FALSE(joined());
  Member("@alice:hs", "join");
  EXPECT_TRUE(joined());
  EXPECT_FALSE(views_.IsJoined(alice_, "!none:hs").value());
  Member("@alice:hs", "leave");
  EXPECT_FALSE(joined());
  store_.FailWith(absl::UnavailableError("away"));
  EXPECT_FALSE(views_.IsJoined(alice_, kRoom).ok());
}

TEST_F(RoomViewsTest, MembersAreListed) {
  AppendRoom(store_, kRoom, kBob);
  Member("@alice:hs", "join");
  Member("@carol:hs", "ban");
  std::vector<std::string> shown;
  const std::vector<StoredMember> members =
      views_.Members(alice_, kRoom, {}).value();
  for (const StoredMember& member : members) {
    shown.push_back(absl::StrCat(
        member.user_id, " ", std::string(MembershipName(member.membership))));
  }
  EXPECT_THAT(shown,
              ElementsAre("@alice:hs join", "@bob:hs join", "@carol:hs ban"));
}

TEST_F(RoomViewsTest, MembersAreListedAsTheyWere) {
  AppendRoom(store_, kRoom, kBob, "joined");
  const int64_t before = store_.LastPosition().value();
  Member("@alice:hs", "join");
  const int64_t joined = store_.LastPosition().value();
  Append(store_, "!other:hs", MessageDraft(kBob, "elsewhere"));
  Member("@carol:hs", "join");
  const int64_t now = store_.LastPosition().value();
  EXPECT_THAT(views_.Members(alice_, kRoom, joined).value(), SizeIs(2));
  EXPECT_THAT(views_.Members(alice_, kRoom, joined + 1).value(), SizeIs(2));
  EXPECT_THAT(views_.Members(alice_, kRoom, now).value(), SizeIs(3));
  EXPECT_THAT(views_.Members(alice_, kRoom, now + 100).value(), SizeIs(3));
  EXPECT_EQ(GetErrcode(views_.Members(alice_, kRoom, before).status()),
            "M_FORBIDDEN");
  EXPECT_EQ(GetErrcode(views_.Members(alice_, kRoom, 0).status()),
            "M_FORBIDDEN");
}

TEST_F(RoomViewsTest, WholeEventsTellTheirAge) {
  AppendRoom(store_, kRoom, kBob);
  clock_.SetTime(absl::FromUnixMillis(1421416883133 + 7));
  EXPECT_THAT(views_.State(User(kBob), kRoom)->front(),
              HasSubstr(R"("unsigned":{"age":7})"));
  EXPECT_THAT(views_.Members(User(kBob), kRoom, {})->front().event_json,
              HasSubstr(R"("unsigned":{"age":7})"));
}

TEST_F(RoomViewsTest, ForgottenRoomIsLikeOneNeverSeen) {
  AppendRoom(store_, kRoom, kBob);
  Member("@alice:hs", "join");
  Member("@alice:hs", "leave");
  EXPECT_EQ(views_.MembershipOf(alice_, kRoom).value(), Membership::kLeave);
  Forget(store_, kRoom, "@alice:hs");
  EXPECT_EQ(GetErrcode(views_.State(alice_, kRoom).status()), "M_FORBIDDEN");
  Member("@alice:hs", "join");
  EXPECT_TRUE(views_.State(alice_, kRoom).ok());
}

TEST_F(RoomViewsTest, AliasesAreThoseOfTheRoom) {
  AppendRoom(store_, kRoom, kBob);
  ASSERT_TRUE(
      store_
          .Write([](RoomTransaction& transaction) {
            for (const char* alias : {"#b:hs", "#a:hs"}) {
              transaction.AppendAlias({Alias(alias), Room(kRoom), User(kBob)});
            }
            transaction.AppendAlias(
                {Alias("#c:hs"), Room("!other:hs"), User(kBob)});
            return absl::OkStatus();
          })
          .ok());
  EXPECT_THAT(views_.Aliases(User(kBob), kRoom).value(),
              ElementsAre("#a:hs", "#b:hs"));
}

TEST_F(RoomViewsTest, AllRoomsComePageByPage) {
  for (const char* room_id : {"!b:hs", "!a:hs", "!c:hs"}) {
    AppendRoom(store_, room_id, kBob);
  }
  EXPECT_THAT(views_.AllRooms("", 2).value(), ElementsAre("!a:hs", "!b:hs"));
  EXPECT_THAT(views_.AllRooms("!b:hs", 2).value(), ElementsAre("!c:hs"));
}

TEST_F(RoomViewsTest, JoinedRoomsAreThoseOneIsIn) {
  AppendRoom(store_, kRoom, kBob);
  AppendRoom(store_, "!left:hs", kBob);
  Append(store_, "!left:hs", MemberDraft(kBob, kBob, "leave"));
  AppendRoom(store_, "!other:hs", "@alice:hs");
  EXPECT_THAT(views_.JoinedRooms(User(kBob)).value(), ElementsAre(kRoom));
}

}  // namespace
}  // namespace causeway::homeserver
