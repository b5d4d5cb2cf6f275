#include "services/homeserver/rooms/room_founding.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/published_rooms.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Member kAlice = {User("@alice:hs"), {}};

class RoomFoundingTest : public ::testing::Test {
 protected:
  int64_t Now() { return store_.LastPosition().value(); }

  FakeClock clock_;
  FakeRoomStore store_;
  RoomFounding founding_{store_, clock_,
                         matrix::ServerName::Parse("hs").value()};
};

TEST_F(RoomFoundingTest, AliasResolvesWhenTheRoomIsThere) {
  RoomRequest request;
  request.alias = Alias("#a:hs");
  const matrix::RoomId room_id = founding_.CreateRoom(request, kAlice).value();
  EXPECT_THAT(room_id.str(), StartsWith("!"));
  EXPECT_THAT(room_id.str(), EndsWith(":hs"));
  EXPECT_EQ(store_.FindAlias(*request.alias).value()->room_id, room_id);
  // Its alias comes first, so that whom that concerns gets every event.
  const auto touched = store_.TouchedAfter(0, 3).value();
  EXPECT_EQ(touched[0].room_id, room_id.str());
  EXPECT_EQ(touched[0].member, "");
  EXPECT_EQ(touched[2].member, "@alice:hs");
}

TEST_F(RoomFoundingTest, TakenAliasMakesNothing) {
  RoomRequest request;
  request.alias = Alias("#a:hs");
  ASSERT_TRUE(founding_.CreateRoom(request, kAlice).ok());
  const int64_t before = Now();
  EXPECT_EQ(GetErrcode(founding_.CreateRoom(request, kAlice).status()),
            "M_ROOM_IN_USE");
  EXPECT_EQ(Now(), before);
}

TEST_F(RoomFoundingTest, EventThatTheRoomRefusesMakesNothing) {
  RoomRequest request;
  request.initial_state = {
      {kMemberType, "@bob:hs", R"({"membership":"join"})"}};
  EXPECT_EQ(GetErrcode(founding_.CreateRoom(request, kAlice).status()),
            "M_INVALID_ROOM_STATE");
  EXPECT_EQ(Now(), 0);
  // Power that the request takes away is missing for the rest of it.
  request.initial_state = {};
  request.power_level_content_override = R"({"users":{},"invite":50})";
  request.invites = {{User("@bob:hs"), {}}};
  absl::Status refused = founding_.CreateRoom(request, kAlice).status();
  EXPECT_EQ(GetErrcode(refused), "M_INVALID_ROOM_STATE");
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("takes power level 50, @alice:hs has 0"));
  EXPECT_EQ(Now(), 0);
}

TEST_F(RoomFoundingTest, PublicRoomIsListedWhenItIsThere) {
  RoomRequest request;
  const matrix::RoomId hidden = founding_.CreateRoom(request, kAlice).value();
  request.is_public = true;
  const matrix::RoomId listed = founding_.CreateRoom(request, kAlice).value();
  EXPECT_FALSE(store_.IsPublished(kServerList, hidden.str()).value());
  EXPECT_TRUE(store_.IsPublished(kServerList, listed.str()).value());
}

TEST_F(RoomFoundingTest, DraftRoomIsMadeOnce) {
  const DraftRoom room = {
      .drafts = {Draft("@bot:hs", kCreateType, "", R"({"creator":"@bot:hs"})"),
                 Draft("@irc/Bob:hs", "m.room.message", "{}")},
      .left_out = {}};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(
        founding_.EnsureDraftRoom(Alias("#x/#y:hs"), User("@bot:hs"), room)
            .value()
            .str(),
        "!x/#y:hs");
    EXPECT_EQ(Now(), 3);
  }
}

}  // namespace
}  // namespace causeway::homeserver
