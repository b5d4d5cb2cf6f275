#include "services/homeserver/rooms/room_views.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kRoom[] = "!r:hs";
constexpr char kBob[] = "@bob:hs";

class RoomViewsTest : public ::testing::Test {
 protected:
  void Say(const std::string& body) {
    Append(store_, kRoom, MessageDraft(kBob, body));
  }
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
  std::vector<std::string> Bodies(const MessagesPage& page) {
    std::vector<std::string> bodies;
    for (const std::string& json : page.event_jsons) {
      bodies.push_back(BodyOf(json));
    }
    return bodies;
  }

  const matrix::UserId alice_ = User("@alice:hs");
  FakeRoomStore store_;
  RoomViews views_{store_};
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
    EXPECT_EQ(GetErrcode(views_.Members(viewer, kRoom).status()),
              "M_FORBIDDEN");
    EXPECT_EQ(GetErrcode(views_.Messages(viewer, kRoom, {}).status()),
              "M_FORBIDDEN");
    EXPECT_EQ(GetErrcode(views_.FindEvent(viewer, kRoom, "$e").status()),
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

TEST_F(RoomViewsTest, EventThatMayNotBeSeenIsNotFound) {
  AppendRoom(store_, kRoom, kBob, "joined");
  const std::string before =
      Append(store_, kRoom, Draft(kBob, "m.x", R"({"body":"secret"})"));
  Member("@alice:hs", "join");
  const std::string after =
      Append(store_, kRoom, Draft(kBob, "m.x", R"({"body":"open"})"));
  EXPECT_EQ(GetErrcode(views_.FindEvent(alice_, kRoom, before).status()),
            "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(views_.FindEvent(alice_, kRoom, "$none").status()),
            "M_NOT_FOUND");
  EXPECT_EQ(BodyOf(views_.FindEvent(alice_, kRoom, after).value()), "open");
}

// Goal: pages meet without a gap and without a repeat. Method: both ways
// through the same five messages, two at a time.
TEST_F(RoomViewsTest, PagesFollowOneAnotherBothWays) {
  AppendRoom(store_, kRoom, kBob);
  Member("@alice:hs", "join");
  const int64_t begin = store_.LastPosition().value();
  for (const char* body : {"1", "2", "3", "4", "5"}) Say(body);
  const int64_t end = store_.LastPosition().value();

  MessagesQuery query = {
      .backwards = true, .from = {}, .to = begin, .limit = 2};
  MessagesPage page = views_.Messages(alice_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("5", "4"));
  EXPECT_EQ(page.start, end);
  query.from = page.end;
  page = views_.Messages(alice_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("3", "2"));
  query.from = page.end;
  page = views_.Messages(alice_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("1"));
  EXPECT_EQ(page.end, std::nullopt);

  query = {.backwards = false, .from = begin, .to = {}, .limit = 3};
  page = views_.Messages(alice_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("1", "2", "3"));
  EXPECT_EQ(page.start, begin);
  query.from = page.end;
  page = views_.Messages(alice_, kRoom, query).value();
  EXPECT_THAT(Bodies(page), ElementsAre("4", "5"));
  EXPECT_EQ(page.end, std::nullopt);
  query.from = end;
  EXPECT_THAT(views_.Messages(alice_, kRoom, query)->event_jsons, IsEmpty());
}

TEST_F(RoomViewsTest, MembersAreListed) {
  AppendRoom(store_, kRoom, kBob);
  Member("@alice:hs", "join");
  Member("@carol:hs", "ban");
  std::vector<std::string> shown;
  const std::vector<StoredMember> members =
      views_.Members(alice_, kRoom).value();
  for (const StoredMember& member : members) {
    shown.push_back(absl::StrCat(
        member.user_id, " ", std::string(MembershipName(member.membership))));
  }
  EXPECT_THAT(shown,
              ElementsAre("@alice:hs join", "@bob:hs join", "@carol:hs ban"));
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
