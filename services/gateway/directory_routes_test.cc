#include "services/gateway/directory_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr char kSet[] = "causeway.homeserver.v1.Rooms/SetRoomVisibility";
constexpr char kList[] = "causeway.homeserver.v1.Rooms/ListPublicRooms";
constexpr char kListPath[] =
    "/_matrix/client/v3/directory/list/room/!r:hs.test";
constexpr char kNetworkPath[] =
    "/_matrix/client/v3/directory/list/appservice/irc%2Fnet/!r:hs.test";

class DirectoryRoutesTest : public ApiFixture {};

TEST_F(DirectoryRoutesTest, VisibilityIsReadByAnybody) {
  pb::GetRoomVisibilityResponse response;
  response.set_is_public(true);
  peers_.Answer(absl::StrCat(kRooms, "GetRoomVisibility"), response);
  EXPECT_EQ(Call("GET", kListPath).raw.body, R"({"visibility":"public"})");
  response.set_is_public(false);
  peers_.Answer(absl::StrCat(kRooms, "GetRoomVisibility"), response);
  EXPECT_EQ(Call("GET", kListPath).raw.body, R"({"visibility":"private"})");
}

TEST_F(DirectoryRoutesTest, VisibilityIsSet) {
  EXPECT_EQ(
      Call("PUT", kListPath, R"({"visibility":"private"})", "person").raw.body,
      "{}");
  EXPECT_EQ(Call("PUT", kListPath, "", "person").status, 200);
  EXPECT_EQ(
      Call("PUT", kNetworkPath, R"({"visibility":"public"})", "as_irc").status,
      200);
  EXPECT_EQ(Call("DELETE", kNetworkPath, "", "as_irc").status, 200);
  const auto asked = peers_.Requests<pb::SetRoomVisibilityRequest>(kSet);
  ASSERT_THAT(asked, SizeIs(4));
  EXPECT_FALSE(asked[0].is_public());
  EXPECT_EQ(asked[0].room_id(), "!r:hs.test");
  EXPECT_EQ(asked[0].network_id(), "");
  EXPECT_TRUE(asked[1].is_public());
  EXPECT_TRUE(asked[2].is_public());
  EXPECT_EQ(asked[2].network_id(), "irc/net");
  EXPECT_EQ(asked[2].principal().appservice().id(), "irc");
  EXPECT_FALSE(asked[3].is_public());
  EXPECT_EQ(asked[3].network_id(), "irc/net");
}

TEST_F(DirectoryRoutesTest, VisibilityIsOneOfTwo) {
  EXPECT_EQ(Call("PUT", kListPath, R"({"visibility":"secret"})", "person")
                .body["errcode"],
            "M_INVALID_PARAM");
  EXPECT_EQ(Call("PUT", kListPath, "{}").status, 401);
  EXPECT_THAT(peers_.Requests<pb::SetRoomVisibilityRequest>(kSet), SizeIs(0));
}

TEST_F(DirectoryRoutesTest, PublicRoomsAreListedBothWays) {
  pb::ListPublicRoomsResponse response;
  auto& room = *response.add_rooms();
  room.set_room_id("!r:hs.test");
  room.set_joined_member_count(2);
  room.set_name("Lobby");
  room.set_join_rule("public");
  response.set_next_batch("2_!r:hs.test");
  response.set_room_count(9);
  peers_.Answer(kList, response);
  constexpr char kAnswer[] =
      R"({"chunk":[{"guest_can_join":false,"join_rule":"public",)"
      R"("name":"Lobby","num_joined_members":2,"room_id":"!r:hs.test",)"
      R"("world_readable":false}],"next_batch":"2_!r:hs.test",)"
      R"("total_room_count_estimate":9})";
  EXPECT_EQ(
      Call("GET",
           "/_matrix/client/v3/publicRooms?limit=1&since=9_%21a%3Ahs.test&"
           "third_party_instance_id=irc%7Cnet&server=hs.test")
          .raw.body,
      kAnswer);
  EXPECT_EQ(Call("POST", "/_matrix/client/v3/publicRooms",
                 R"({"limit":2,"since":"1_!a:hs.test",
                     "include_all_networks":true,
                     "filter":{"generic_search_term":"lob",
                               "room_types":[null,"m.space"]}})",
                 "person")
                .raw.body,
            kAnswer);
  const auto asked = peers_.Requests<pb::ListPublicRoomsRequest>(kList);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_FALSE(asked[0].has_principal());
  EXPECT_EQ(asked[0].limit(), 1);
  EXPECT_EQ(asked[0].since(), "9_!a:hs.test");
  EXPECT_EQ(asked[0].third_party_instance_id(), "irc|net");
  EXPECT_EQ(asked[0].server(), "hs.test");
  EXPECT_EQ(asked[1].limit(), 2);
  EXPECT_EQ(asked[1].since(), "1_!a:hs.test");
  EXPECT_TRUE(asked[1].include_all_networks());
  EXPECT_EQ(asked[1].search_term(), "lob");
  EXPECT_THAT(asked[1].room_types(), ElementsAre("", "m.space"));
}

TEST_F(DirectoryRoutesTest, BodyOfAListMayBeMissingButNotWrong) {
  EXPECT_EQ(Call("POST", "/_matrix/client/v3/publicRooms", "", "person").status,
            200);
  for (const char* body :
       {R"({"limit":"1"})", R"({"filter":[]})",
        R"({"filter":{"room_types":[1]}})", R"({"since":1})"}) {
    SCOPED_TRACE(body);
    EXPECT_EQ(Call("POST", "/_matrix/client/v3/publicRooms", body, "person")
                  .body["errcode"],
              "M_BAD_JSON");
  }
  EXPECT_EQ(
      Call("GET", "/_matrix/client/v3/publicRooms?limit=some").body["errcode"],
      "M_INVALID_PARAM");
}

}  // namespace
}  // namespace causeway::gateway
