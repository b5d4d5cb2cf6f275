// Rooms: events, state, members, messages, sync.

#include <string>

#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/rooms_service_fixture.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/rooms/test_homeserver.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using RoomsServiceReadingTest = RoomsServiceFixture;

TEST_F(RoomsServiceReadingTest, ReadsWhatWasWritten) {
  const std::string room_id = CreateRoom("Name");
  const v1::Principal alice = PersonPrincipal(kAlice);
  const std::string event_id = Send(alice, room_id, R"({"body":"x"})").value();

  auto event = AsAlice<v1::GetEventRequest>();
  event.set_room_id(room_id);
  event.set_event_id(event_id);
  EXPECT_EQ(BodyOf(server_.Call(&Stub::GetEvent, event)->event_json()), "x");

  auto state = AsAlice<v1::GetStateRequest>();
  state.set_room_id(room_id);
  EXPECT_THAT(server_.Call(&Stub::GetState, state)->event_jsons(), SizeIs(7));

  EXPECT_EQ(
      GetErrcode(StateContent(alice, room_id, "m.room.encryption").status()),
      "M_NOT_FOUND");
  EXPECT_EQ(
      GetErrcode(
          StateContent(PersonPrincipal(kCarol), room_id, kNameType).status()),
      "M_FORBIDDEN");

  auto joined = AsAlice<v1::GetJoinedRoomsRequest>();
  EXPECT_THAT(server_.Call(&Stub::GetJoinedRooms, joined)->room_ids(),
              ElementsAre(room_id));
}

TEST_F(RoomsServiceReadingTest, MembersAreChosenByMembership) {
  ASSERT_TRUE(server_.accounts
                  .SetProfile(User(kAlice),
                              {.display_name = "Alice", .avatar_url = {}},
                              server_.memberships)
                  .ok());
  const std::string room_id = CreateRoom();
  ASSERT_TRUE(
      SetMembership(v1::SetMembershipRequest::INVITE, room_id, kCarol).ok());
  auto request = AsAlice<v1::GetMembersRequest>();
  request.set_room_id(room_id);
  EXPECT_THAT(server_.Call(&Stub::GetMembers, request)->members(), SizeIs(2));
  request.set_membership("join");
  auto joined = server_.Call(&Stub::GetMembers, request).value();
  ASSERT_THAT(joined.members(), SizeIs(1));
  EXPECT_EQ(joined.members(0).user_id(), kAlice);
  EXPECT_EQ(joined.members(0).profile().display_name(), "Alice");
  request.set_membership("");
  request.set_not_membership("join");
  auto others = server_.Call(&Stub::GetMembers, request).value();
  ASSERT_THAT(others.members(), SizeIs(1));
  EXPECT_EQ(others.members(0).membership(), "invite");
  EXPECT_FALSE(others.members(0).profile().has_display_name());
  request.set_membership("lurk");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::GetMembers, request).status()),
            "M_INVALID_PARAM");
}

TEST_F(RoomsServiceReadingTest, MessagesPageByTokens) {
  const std::string room_id = CreateRoom();
  for (const char* content : {R"({"body":"1"})", R"({"body":"2"})"}) {
    ASSERT_TRUE(Send(PersonPrincipal(kAlice), room_id, content).ok());
  }
  auto request = AsAlice<v1::GetMessagesRequest>();
  request.set_room_id(room_id);
  request.set_backwards(true);
  request.set_limit(1);
  auto page = server_.Call(&Stub::GetMessages, request).value();
  ASSERT_THAT(page.event_jsons(), SizeIs(1));
  EXPECT_EQ(BodyOf(page.event_jsons(0)), "2");
  request.set_from(page.end());
  page = server_.Call(&Stub::GetMessages, request).value();
  EXPECT_EQ(BodyOf(page.event_jsons(0)), "1");
  EXPECT_EQ(page.start(), request.from());
  request.set_from("yesterday");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::GetMessages, request).status()),
            "M_INVALID_PARAM");
  request.set_from("");
  request.set_limit(-1);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::GetMessages, request).status()),
            "M_INVALID_PARAM");
}

TEST_F(RoomsServiceReadingTest, MessagesAndMembersTakeFilterAndTime) {
  const std::string room_id = CreateRoom();
  ASSERT_TRUE(Send(PersonPrincipal(kAlice), room_id, R"({"body":"1"})").ok());
  auto messages = AsAlice<v1::GetMessagesRequest>();
  messages.set_room_id(room_id);
  messages.set_filter_json(
      R"({"types":["m.room.message"],"lazy_load_members":true})");
  const auto page = server_.Call(&Stub::GetMessages, messages).value();
  ASSERT_THAT(page.event_jsons(), SizeIs(1));
  EXPECT_THAT(page.state_event_jsons(), SizeIs(1));
  EXPECT_THAT(page.end(), IsEmpty());
  messages.set_filter_json("[]");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::GetMessages, messages).status()),
            "M_BAD_JSON");
  ASSERT_TRUE(Join(PersonPrincipal(kCarol), room_id).ok());
  auto members = AsAlice<v1::GetMembersRequest>();
  members.set_room_id(room_id);
  EXPECT_THAT(server_.Call(&Stub::GetMembers, members)->members(), SizeIs(2));
  members.set_at("s8");
  EXPECT_THAT(server_.Call(&Stub::GetMembers, members)->members(), SizeIs(1));
  members.set_at("then");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::GetMembers, members).status()),
            "M_INVALID_PARAM");
}

TEST_F(RoomsServiceReadingTest, ContextAliasesAndInitialSync) {
  auto create = AsAlice<v1::CreateRoomRequest>();
  create.set_room_alias_name("lobby");
  create.set_public_visibility(true);
  const std::string room_id =
      server_.Call(&Stub::CreateRoom, create)->room_id();
  const v1::Principal alice = PersonPrincipal(kAlice);
  ASSERT_TRUE(Send(alice, room_id, R"({"body":"1"})").ok());
  const std::string event_id = Send(alice, room_id, R"({"body":"2"})").value();
  ASSERT_TRUE(Send(alice, room_id, R"({"body":"3"})").ok());

  auto around = AsAlice<v1::GetEventContextRequest>();
  around.set_room_id(room_id);
  around.set_event_id(event_id);
  around.set_limit(2);
  const auto context = server_.Call(&Stub::GetEventContext, around).value();
  EXPECT_EQ(BodyOf(context.event_json()), "2");
  ASSERT_THAT(context.before_jsons(), SizeIs(1));
  EXPECT_EQ(BodyOf(context.before_jsons(0)), "1");
  ASSERT_THAT(context.after_jsons(), SizeIs(1));
  EXPECT_EQ(BodyOf(context.after_jsons(0)), "3");
  EXPECT_THAT(context.state_event_jsons(), SizeIs(7));
  around.set_limit(-1);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::GetEventContext, around).status()),
            "M_INVALID_PARAM");

  auto aliases = AsAlice<v1::GetRoomAliasesRequest>();
  aliases.set_room_id(room_id);
  EXPECT_THAT(server_.Call(&Stub::GetRoomAliases, aliases)->room_aliases(),
              ElementsAre("#lobby:hsdomain.com"));

  auto initial = AsAlice<v1::GetInitialSyncRequest>();
  initial.set_room_id(room_id);
  initial.set_limit(2);
  const auto sync = server_.Call(&Stub::GetInitialSync, initial).value();
  EXPECT_EQ(sync.membership(), "join");
  EXPECT_TRUE(sync.is_public());
  EXPECT_THAT(sync.state_event_jsons(), SizeIs(7));
  ASSERT_THAT(sync.event_jsons(), SizeIs(2));
  EXPECT_EQ(BodyOf(sync.event_jsons(0)), "2");
  EXPECT_EQ(BodyOf(sync.event_jsons(1)), "3");
  *initial.mutable_principal() = PersonPrincipal(kCarol);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::GetInitialSync, initial).status()),
            "M_FORBIDDEN");
}

TEST_F(RoomsServiceReadingTest, AllRoomsAreListedPageByPage) {
  for (int i = 0; i < 3; ++i) CreateRoom();
  v1::ListRoomsRequest request;
  request.set_page_size(2);
  auto page = server_.Call(&Stub::ListRooms, request).value();
  EXPECT_THAT(page.room_ids(), SizeIs(2));
  request.set_page_token(page.next_page_token());
  page = server_.Call(&Stub::ListRooms, request).value();
  EXPECT_THAT(page.room_ids(), SizeIs(1));
  EXPECT_THAT(page.next_page_token(), IsEmpty());
  request.set_page_size(-1);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::ListRooms, request).status()),
            "M_INVALID_PARAM");
}

TEST_F(RoomsServiceReadingTest, AnOperatorFindsAnyEvent) {
  const std::string event_id =
      Send(PersonPrincipal(kAlice), CreateRoom(), R"({"body":"hidden"})")
          .value();
  v1::FindEventRequest request;
  request.set_event_id(event_id);
  EXPECT_EQ(
      BodyOf(server_.Call(&Stub::FindEvent, request).value().event_json()),
      "hidden");
  request.set_event_id("$none");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::FindEvent, request).status()),
            "M_NOT_FOUND");
}

TEST_F(RoomsServiceReadingTest, SyncTakesFiltersByIdAndAsTheyAre) {
  const std::string room_id = CreateRoom();
  const std::string filter = R"({"room":{"timeline":{"limit":2}}})";
  auto request = AsAlice<v1::SyncRequest>();
  for (const std::string& given :
       {filter, server_.filters.Create(User(kAlice), filter).value()}) {
    request.set_filter(given);
    auto response = server_.Call(&Stub::Sync, request).value();
    ASSERT_THAT(response.joined(), SizeIs(1));
    EXPECT_EQ(response.joined(0).room_id(), room_id);
    EXPECT_THAT(response.joined(0).timeline_event_jsons(), SizeIs(2));
    EXPECT_TRUE(response.joined(0).limited());
    EXPECT_EQ(response.joined(0).joined_member_count(), 1);
    EXPECT_THAT(response.next_batch(), Not(IsEmpty()));
  }
  request.set_filter("none");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::Sync, request).status()),
            "M_NOT_FOUND");
  request.set_filter("");
  request.set_since("tomorrow");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::Sync, request).status()),
            "M_INVALID_PARAM");
  request.set_since("");
  request.set_timeout_ms(-1);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::Sync, request).status()),
            "M_INVALID_PARAM");
}

TEST_F(RoomsServiceReadingTest, SyncShowsInvitationsAndLeaving) {
  const std::string room_id = CreateRoom();
  ASSERT_TRUE(
      SetMembership(v1::SetMembershipRequest::INVITE, room_id, kCarol).ok());
  auto request = As<v1::SyncRequest>(PersonPrincipal(kCarol));
  auto response = server_.Call(&Stub::Sync, request).value();
  ASSERT_THAT(response.invited(), SizeIs(1));
  EXPECT_EQ(response.invited(0).room_id(), room_id);
  ASSERT_TRUE(
      SetMembership(v1::SetMembershipRequest::KICK, room_id, kCarol).ok());
  request.set_since(response.next_batch());
  response = server_.Call(&Stub::Sync, request).value();
  ASSERT_THAT(response.left(), SizeIs(1));
  EXPECT_EQ(response.left(0).room_id(), room_id);
}

}  // namespace
}  // namespace causeway::homeserver
