#include "services/gateway/room_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kJoin[] = "causeway.homeserver.v1.Rooms/JoinRoom";
constexpr char kSetMembership[] = "causeway.homeserver.v1.Rooms/SetMembership";
constexpr char kGetMembers[] = "causeway.homeserver.v1.Rooms/GetMembers";
constexpr char kResolve[] = "causeway.homeserver.v1.Rooms/ResolveAlias";

class RoomRoutesTest : public ApiFixture {};

TEST_F(RoomRoutesTest, JoinsByAliasOrId) {
  pb::JoinRoomResponse joined;
  joined.set_room_id("!irc.freenode.net/#matrix:hsdomain.com");
  peers_.Answer(kJoin, joined);
  const ApiAnswer answer =
      Call("POST",
           "/_matrix/client/v3/join/%23irc.freenode.net%2F%23matrix%3A"
           "hsdomain.com?server_name=hsdomain.com",
           "", "person");
  EXPECT_EQ(answer.raw.body,
            R"({"room_id":"!irc.freenode.net/#matrix:hsdomain.com"})");
  Call("POST", "/_matrix/client/v3/rooms/!r:hs.test/join",
       R"({"reason": "why not"})", "person");
  const auto asked = peers_.Requests<pb::JoinRoomRequest>(kJoin);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].room_id_or_alias(),
            "#irc.freenode.net/#matrix:hsdomain.com");
  EXPECT_EQ(asked[1].room_id_or_alias(), "!r:hs.test");
  EXPECT_EQ(asked[1].reason(), "why not");
}

TEST_F(RoomRoutesTest, AppserviceThatDoesNotAnswerIs408) {
  peers_.Fail(kJoin, matrix::QueryTimedOut("#irc_a:hs.test"));
  const ApiAnswer answer = Call(
      "POST", "/_matrix/client/v3/join/%23irc_a%3Ahs.test", "{}", "person");
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.body["errcode"], "M_CONNECTION_TIMEOUT");
}

TEST_F(RoomRoutesTest, SetsMemberships) {
  constexpr char kBody[] = R"({"user_id": "@bob:hs.test", "reason": "so"})";
  for (const char* path : {"invite", "leave", "kick", "ban", "unban"}) {
    SCOPED_TRACE(path);
    const ApiAnswer answer =
        Call("POST", absl::StrCat("/_matrix/client/v3/rooms/!r:hs.test/", path),
             kBody, "person");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.raw.body, "{}");
  }
  const auto asked = peers_.Requests<pb::SetMembershipRequest>(kSetMembership);
  ASSERT_THAT(asked, SizeIs(5));
  EXPECT_EQ(asked[0].action(), pb::SetMembershipRequest::INVITE);
  EXPECT_EQ(asked[0].user_id(), "@bob:hs.test");
  EXPECT_EQ(asked[0].reason(), "so");
  EXPECT_EQ(asked[1].action(), pb::SetMembershipRequest::LEAVE);
  EXPECT_EQ(asked[1].user_id(), "");
  EXPECT_EQ(asked[2].action(), pb::SetMembershipRequest::KICK);
  EXPECT_EQ(asked[3].action(), pb::SetMembershipRequest::BAN);
  EXPECT_EQ(asked[4].action(), pb::SetMembershipRequest::UNBAN);
}

TEST_F(RoomRoutesTest, LeavingNeedsNoBodyButInvitingDoes) {
  EXPECT_EQ(
      Call("POST", "/_matrix/client/v3/rooms/!r:hs.test/leave", "", "person")
          .status,
      200);
  const ApiAnswer answer =
      Call("POST", "/_matrix/client/v3/rooms/!r:hs.test/invite", "", "person");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body["errcode"], "M_MISSING_PARAM");
  EXPECT_THAT(answer.raw.body, HasSubstr("user_id"));
}

TEST_F(RoomRoutesTest, ThirdPartyInvitesAreRefused) {
  const ApiAnswer invite =
      Call("POST", "/_matrix/client/v3/rooms/!r:hs.test/invite",
           R"({"id_server": "id.test", "medium": "email",
               "address": "a@b.test"})",
           "person");
  const ApiAnswer create =
      Call("POST", "/_matrix/client/v3/createRoom",
           R"({"invite_3pid": [{"medium": "email"}]})", "person");
  for (const ApiAnswer* answer : {&invite, &create}) {
    EXPECT_EQ(answer->status, 403);
    EXPECT_EQ(answer->body["errcode"], "M_FORBIDDEN");
    EXPECT_THAT(answer->raw.body, HasSubstr("third-party"));
  }
  EXPECT_EQ(Call("POST", "/_matrix/client/v3/createRoom",
                 R"({"invite_3pid": []})", "person")
                .status,
            200);
}

TEST_F(RoomRoutesTest, KnocksAreRefused) {
  const ApiAnswer answer =
      Call("POST", "/_matrix/client/v3/knock/%23a%3Ahs.test", "{}", "person");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body["errcode"], "M_FORBIDDEN");
}

TEST_F(RoomRoutesTest, ForgetsWithoutABody) {
  constexpr char kForget[] = "causeway.homeserver.v1.Rooms/ForgetRoom";
  EXPECT_EQ(
      Call("POST", "/_matrix/client/v3/rooms/!r:hs.test/forget", "", "person")
          .raw.body,
      "{}");
  EXPECT_EQ(peers_.Requests<pb::ForgetRoomRequest>(kForget)[0].room_id(),
            "!r:hs.test");
  peers_.Fail(kForget, matrix::MakeError(absl::StatusCode::kInvalidArgument,
                                         "M_UNKNOWN", "has not left"));
  const ApiAnswer refused =
      Call("POST", "/_matrix/client/v3/rooms/!r:hs.test/forget", "", "person");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.body["errcode"], "M_UNKNOWN");
}

TEST_F(RoomRoutesTest, ListsAliases) {
  pb::GetRoomAliasesResponse response;
  response.add_room_aliases("#a:hs.test");
  peers_.Answer(absl::StrCat(kRooms, "GetRoomAliases"), response);
  EXPECT_EQ(
      Call("GET", "/_matrix/client/v3/rooms/!r:hs.test/aliases", "", "person")
          .raw.body,
      R"({"aliases":["#a:hs.test"]})");
}

TEST_F(RoomRoutesTest, ListsMembersInTwoForms) {
  pb::GetMembersResponse members;
  pb::GetMembersResponse::Member& bob = *members.add_members();
  bob.set_user_id("@bob:hs.test");
  bob.set_event_json(R"({"type": "m.room.member"})");
  bob.mutable_profile()->set_has_display_name(true);
  bob.mutable_profile()->set_display_name("Bob");
  peers_.Answer(kGetMembers, members);
  EXPECT_EQ(
      Call("GET",
           "/_matrix/client/v3/rooms/!r:hs.test/members?not_membership=leave&"
           "at=s7",
           "", "person")
          .raw.body,
      R"({"chunk":[{"type": "m.room.member"}]})");
  EXPECT_EQ(Call("GET", "/_matrix/client/v3/rooms/!r:hs.test/joined_members",
                 "", "person")
                .raw.body,
            R"({"joined":{"@bob:hs.test":{"display_name":"Bob"}}})");
  const auto asked = peers_.Requests<pb::GetMembersRequest>(kGetMembers);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].not_membership(), "leave");
  EXPECT_EQ(asked[0].at(), "s7");
  EXPECT_EQ(asked[1].membership(), "join");
}

TEST_F(RoomRoutesTest, ListsJoinedRooms) {
  pb::GetJoinedRoomsResponse response;
  peers_.Answer(absl::StrCat(kRooms, "GetJoinedRooms"), response);
  EXPECT_EQ(
      Call("GET", "/_matrix/client/v3/joined_rooms", "", "person").raw.body,
      R"({"joined_rooms":[]})");
  response.add_room_ids("!a:hs.test");
  peers_.Answer(absl::StrCat(kRooms, "GetJoinedRooms"), response);
  EXPECT_EQ(
      Call("GET", "/_matrix/client/v3/joined_rooms", "", "person").raw.body,
      R"({"joined_rooms":["!a:hs.test"]})");
}

TEST_F(RoomRoutesTest, DirectoryIsPublicButKnowsWhoAsks) {
  pb::ResolveAliasResponse response;
  response.set_room_id("!r:hs.test");
  peers_.Answer(kResolve, response);
  constexpr char kPath[] = "/_matrix/client/v3/directory/room/%23a%3Ahs.test";
  EXPECT_EQ(Call("GET", kPath).raw.body,
            R"({"room_id":"!r:hs.test","servers":["hs.test"]})");
  EXPECT_EQ(Call("GET", kPath, "", "person").status, 200);
  const auto asked = peers_.Requests<pb::ResolveAliasRequest>(kResolve);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_FALSE(asked[0].has_principal());
  EXPECT_EQ(asked[1].principal().user().user_id(), "@alice:hs.test");
  EXPECT_EQ(asked[1].room_alias(), "#a:hs.test");
}

TEST_F(RoomRoutesTest, BadAliasIsNamed) {
  const ApiAnswer answer =
      Call("GET", "/_matrix/client/v3/directory/room/nonsense");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.raw.body, HasSubstr("room_alias"));
}

TEST_F(RoomRoutesTest, AliasesAreMadeAndRemoved) {
  constexpr char kPath[] = "/_matrix/client/v3/directory/room/%23a%3Ahs.test";
  EXPECT_EQ(Call("PUT", kPath, R"({"room_id": "!r:hs.test"})", "person").status,
            200);
  EXPECT_EQ(Call("DELETE", kPath, "", "person").status, 200);
  peers_.Fail(absl::StrCat(kRooms, "CreateAlias"),
              matrix::AliasExists("#a:hs.test"));
  EXPECT_EQ(Call("PUT", kPath, R"({"room_id": "!r:hs.test"})", "person").status,
            409);
  EXPECT_EQ(Call("PUT", kPath, "{}", "person").body["errcode"],
            "M_MISSING_PARAM");
}

}  // namespace
}  // namespace causeway::gateway
