#include "services/homeserver/rooms/room_directory.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/directory_proto.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kAlice[] = "@alice:hs";
constexpr char kBob[] = "@bob:hs";

class RoomDirectoryTest : public ::testing::Test {
 protected:
  // A room of alice with as many more members, on the server's list.
  void MakePublic(const std::string& room_id, int others,
                  const std::string& name = "") {
    AppendRoom(store_, room_id, kAlice);
    for (int i = 0; i < others; ++i) {
      const std::string user_id = absl::StrCat("@user", i, ":hs");
      Append(store_, room_id, MemberDraft(user_id, user_id, "join"));
    }
    if (!name.empty()) {
      Append(store_, room_id,
             Draft(kAlice, kNameType, "",
                   absl::StrCat("{\"name\":\"", name, "\"}")));
    }
    ASSERT_EQ(SetVisibility(kAlice, room_id, kServerList, true),
              absl::OkStatus());
  }
  absl::Status SetVisibility(const char* actor, const std::string& room_id,
                             const std::string& list, bool is_public) {
    return directory_.SetVisibility(User(actor), Room(room_id), list,
                                    is_public);
  }
  static std::vector<std::string> IdsOf(const PublicRoomsPage& page) {
    std::vector<std::string> room_ids;
    for (const PublicRoom& room : page.rooms) room_ids.push_back(room.room_id);
    return room_ids;
  }
  static PublicRoomsQuery Query() {
    PublicRoomsQuery query;
    query.list = kServerList;
    return query;
  }

  FakeRoomStore store_;
  RoomDirectory directory_{store_, store_, store_};
};

TEST_F(RoomDirectoryTest, RoomIsDescribed) {
  MakePublic("!r:hs", 2, "Lobby");
  for (const auto& [type, content] :
       {std::pair(kTopicType, R"({"topic":"All"})"),
        std::pair(kCanonicalAliasType, R"({"alias":"#lobby:hs"})"),
        std::pair(kAvatarType, R"({"url":"mxc://hs/a"})"),
        std::pair(kGuestAccessType, R"({"guest_access":"can_join"})"),
        std::pair(kHistoryVisibilityType,
                  R"({"history_visibility":"world_readable"})")}) {
    Append(store_, "!r:hs", Draft(kAlice, type, "", content));
  }
  const PublicRoomsPage page = directory_.List(Query()).value();
  ASSERT_THAT(page.rooms, SizeIs(1));
  const PublicRoom& room = page.rooms[0];
  EXPECT_EQ(room.room_id, "!r:hs");
  EXPECT_EQ(room.joined_count, 3);
  EXPECT_EQ(room.name, "Lobby");
  EXPECT_EQ(room.topic, "All");
  EXPECT_EQ(room.canonical_alias, "#lobby:hs");
  EXPECT_EQ(room.avatar_url, "mxc://hs/a");
  EXPECT_EQ(room.join_rule, "public");
  EXPECT_EQ(room.room_type, "");
  EXPECT_TRUE(room.world_readable);
  EXPECT_TRUE(room.guest_can_join);
  EXPECT_EQ(page.room_count, 1);
}

TEST_F(RoomDirectoryTest, ListedByWhoMayNameTheRoom) {
  AppendRoom(store_, "!r:hs", kAlice);
  Append(store_, "!r:hs",
         Draft(kAlice, kPowerLevelsType, "", R"({"users":{"@alice:hs":100}})"));
  Append(store_, "!r:hs", MemberDraft(kBob, kBob, "join"));
  EXPECT_FALSE(directory_.IsPublic(Room("!r:hs")).value());
  EXPECT_EQ(GetErrcode(SetVisibility(kBob, "!r:hs", kServerList, true)),
            "M_FORBIDDEN");
  EXPECT_EQ(SetVisibility(kAlice, "!r:hs", kServerList, true),
            absl::OkStatus());
  EXPECT_EQ(SetVisibility(kAlice, "!r:hs", kServerList, true),
            absl::OkStatus());
  EXPECT_TRUE(directory_.IsPublic(Room("!r:hs")).value());
  EXPECT_EQ(GetErrcode(SetVisibility(kBob, "!r:hs", kServerList, false)),
            "M_FORBIDDEN");
  EXPECT_EQ(SetVisibility(kAlice, "!r:hs", kServerList, false),
            absl::OkStatus());
  EXPECT_FALSE(directory_.IsPublic(Room("!r:hs")).value());
  EXPECT_EQ(GetErrcode(directory_.IsPublic(Room("!no:hs")).status()),
            "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(SetVisibility(kAlice, "!no:hs", kServerList, true)),
            "M_NOT_FOUND");
}

TEST_F(RoomDirectoryTest, NetworksHaveListsOfTheirOwn) {
  const std::string freenode = NetworkList("irc", "freenode").value();
  EXPECT_EQ(freenode, "irc|freenode");
  MakePublic("!main:hs", 0);
  AppendRoom(store_, "!net:hs", kAlice);
  EXPECT_EQ(GetErrcode(SetVisibility(kBob, "!net:hs", freenode, true)),
            "M_FORBIDDEN");
  EXPECT_EQ(SetVisibility(kAlice, "!net:hs", freenode, true), absl::OkStatus());
  EXPECT_EQ(SetVisibility(kAlice, "!main:hs", freenode, true),
            absl::OkStatus());
  EXPECT_THAT(IdsOf(directory_.List(Query()).value()), ElementsAre("!main:hs"));
  PublicRoomsQuery query;
  query.list = freenode;
  EXPECT_THAT(IdsOf(directory_.List(query).value()),
              ElementsAre("!main:hs", "!net:hs"));
  query.list = "irc|other";
  EXPECT_THAT(IdsOf(directory_.List(query).value()), IsEmpty());
  query.list = std::nullopt;
  const PublicRoomsPage all = directory_.List(query).value();
  EXPECT_THAT(IdsOf(all), ElementsAre("!main:hs", "!net:hs"));
  EXPECT_EQ(all.room_count, 2);
  // Off it whether or not one is in the room.
  EXPECT_EQ(SetVisibility(kBob, "!net:hs", freenode, false), absl::OkStatus());
  query.list = freenode;
  EXPECT_THAT(IdsOf(directory_.List(query).value()), ElementsAre("!main:hs"));
  EXPECT_FALSE(directory_.IsPublic(Room("!net:hs")).value());
}

TEST_F(RoomDirectoryTest, NetworksOfTwoServicesCannotBeMistaken) {
  for (const std::string& network :
       {std::string(), std::string("a|b"), std::string(256, 'x'),
        std::string("a\0", 2)}) {
    EXPECT_EQ(GetErrcode(NetworkList("irc", network).status()),
              "M_INVALID_PARAM");
  }
}

// Goal: pages meet without a gap and without a repeat, largest rooms first.
TEST_F(RoomDirectoryTest, PagesFollowOneAnother) {
  MakePublic("!a:hs", 0);
  MakePublic("!c:hs", 3);
  MakePublic("!b:hs", 3);
  MakePublic("!d:hs", 1);
  MakePublic("!e:hs", 0);
  PublicRoomsQuery query = Query();
  query.limit = 2;
  PublicRoomsPage page = directory_.List(query).value();
  EXPECT_THAT(IdsOf(page), ElementsAre("!b:hs", "!c:hs"));
  EXPECT_EQ(page.room_count, 5);
  EXPECT_FALSE(page.previous.has_value());
  query.after = page.next;
  page = directory_.List(query).value();
  EXPECT_THAT(IdsOf(page), ElementsAre("!d:hs", "!a:hs"));
  query.after = page.next;
  page = directory_.List(query).value();
  EXPECT_THAT(IdsOf(page), ElementsAre("!e:hs"));
  EXPECT_FALSE(page.next.has_value());
  // And back again.
  query.after.reset();
  query.before = page.previous;
  page = directory_.List(query).value();
  EXPECT_THAT(IdsOf(page), ElementsAre("!d:hs", "!a:hs"));
  query.before = page.previous;
  page = directory_.List(query).value();
  EXPECT_THAT(IdsOf(page), ElementsAre("!b:hs", "!c:hs"));
  EXPECT_FALSE(page.previous.has_value());
  query.before.reset();
  query.after = page.next;
  EXPECT_THAT(IdsOf(directory_.List(query).value()),
              ElementsAre("!d:hs", "!a:hs"));
}

TEST_F(RoomDirectoryTest, SearchesNamesTopicsAndAliases) {
  MakePublic("!name:hs", 3, "The LOBBY");
  MakePublic("!topic:hs", 2);
  Append(store_, "!topic:hs",
         Draft(kAlice, kTopicType, "", R"({"topic":"a lobby"})"));
  MakePublic("!alias:hs", 1);
  Append(store_, "!alias:hs",
         Draft(kAlice, kCanonicalAliasType, "", R"({"alias":"#lobby:hs"})"));
  MakePublic("!other:hs", 0, "Kitchen");
  PublicRoomsQuery query = Query();
  query.search_term = "Lobby";
  EXPECT_THAT(IdsOf(directory_.List(query).value()),
              ElementsAre("!name:hs", "!topic:hs", "!alias:hs"));
  query.limit = 1;
  PublicRoomsPage page = directory_.List(query).value();
  EXPECT_THAT(IdsOf(page), ElementsAre("!name:hs"));
  query.after = page.next;
  page = directory_.List(query).value();
  EXPECT_THAT(IdsOf(page), ElementsAre("!topic:hs"));
  query.after.reset();
  query.before = page.previous;
  EXPECT_THAT(IdsOf(directory_.List(query).value()), ElementsAre("!name:hs"));
  query.before.reset();
  query.search_term = "nowhere";
  EXPECT_THAT(IdsOf(directory_.List(query).value()), IsEmpty());
}

TEST_F(RoomDirectoryTest, ChoosesByRoomType) {
  MakePublic("!room:hs", 0);
  Append(store_, "!space:hs",
         Draft(kAlice, kCreateType, "",
               R"({"creator":"@alice:hs","type":"m.space"})"));
  Append(store_, "!space:hs", MemberDraft(kAlice, kAlice, "join"));
  ASSERT_TRUE(SetVisibility(kAlice, "!space:hs", kServerList, true).ok());
  PublicRoomsQuery query = Query();
  query.room_types = {"m.space"};
  EXPECT_THAT(IdsOf(directory_.List(query).value()), ElementsAre("!space:hs"));
  query.room_types = {""};
  EXPECT_THAT(IdsOf(directory_.List(query).value()), ElementsAre("!room:hs"));
  query.room_types = {"", "m.space"};
  EXPECT_THAT(IdsOf(directory_.List(query).value()), SizeIs(2));
}

TEST_F(RoomDirectoryTest, RoomThatEverybodyHasLeftIsNotShown) {
  MakePublic("!r:hs", 0);
  Append(store_, "!r:hs", MemberDraft(kAlice, kAlice, "leave"));
  const PublicRoomsPage page = directory_.List(Query()).value();
  EXPECT_THAT(page.rooms, IsEmpty());
  EXPECT_EQ(page.room_count, 0);
}

TEST_F(RoomDirectoryTest, TellsWhenTheDatabaseIsAway) {
  store_.FailWith(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(directory_.List(Query()).status()));
  EXPECT_TRUE(
      absl::IsUnavailable(SetVisibility(kAlice, "!r:hs", kServerList, true)));
}

TEST(DirectoryProtoTest, TokensGoRoundAndBoundsAreKept) {
  PublicRoomsPage page;
  page.next = {.joined_count = 7, .room_id = "!a_b:hs"};
  page.previous = {.joined_count = 9, .room_id = "!c:hs"};
  v1::ListPublicRoomsRequest request;
  request.set_since(PublicRoomsPageToProto(page).next_batch());
  request.set_limit(1000000);
  PublicRoomsQuery query = PublicRoomsQueryFromProto(request).value();
  EXPECT_EQ(query.after->joined_count, 7);
  EXPECT_EQ(query.after->room_id, "!a_b:hs");
  EXPECT_EQ(query.limit, kPublicRoomsLimitMax);
  EXPECT_EQ(query.list, kServerList);
  EXPECT_FALSE(query.before.has_value());
  request.set_since(PublicRoomsPageToProto(page).prev_batch());
  query = PublicRoomsQueryFromProto(request).value();
  EXPECT_EQ(query.before->joined_count, 9);
  EXPECT_EQ(query.before->room_id, "!c:hs");
  EXPECT_FALSE(query.after.has_value());
  request.Clear();
  request.set_include_all_networks(true);
  query = PublicRoomsQueryFromProto(request).value();
  EXPECT_EQ(query.list, std::nullopt);
  EXPECT_EQ(query.limit, 100);
}

TEST(DirectoryProtoTest, NamesWhatIsWrong) {
  v1::ListPublicRoomsRequest negative;
  negative.set_limit(-1);
  v1::ListPublicRoomsRequest since;
  since.set_since("7_lobby");
  v1::ListPublicRoomsRequest term;
  term.set_search_term(std::string(kSearchTermBytesMax + 1, 'x'));
  v1::ListPublicRoomsRequest list;
  list.set_third_party_instance_id(std::string("irc|\0", 5));
  for (const auto& request : {negative, since, term, list}) {
    EXPECT_EQ(GetErrcode(PublicRoomsQueryFromProto(request).status()),
              "M_INVALID_PARAM")
        << request.ShortDebugString();
  }
}

}  // namespace
}  // namespace causeway::homeserver
