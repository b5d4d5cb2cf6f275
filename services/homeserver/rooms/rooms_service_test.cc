// Rooms: founding, aliases, memberships, sending.

#include "services/homeserver/rooms/rooms_service.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/user_querier.h"
#include "services/homeserver/query_outcome.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/rooms_service_fixture.h"
#include "services/homeserver/rooms/test_homeserver.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using RoomsServiceTest = RoomsServiceFixture;

TEST_F(RoomsServiceTest, CreatesTheRoomThatIsAskedFor) {
  auto request = AsAlice<v1::CreateRoomRequest>();
  request.set_room_alias_name("lobby");
  request.set_public_visibility(true);
  request.set_name("Lobby");
  request.set_topic("All");
  request.add_invites(kCarol);
  v1::StateEvent& state = *request.add_initial_state();
  state.set_type(kHistoryVisibilityType);
  state.set_content_json(R"({"history_visibility":"joined"})");
  request.set_creation_content_json(R"({"m.federate":false})");
  request.set_power_level_content_override_json(R"({"invite":3})");
  request.set_room_version("10");
  const std::string room_id =
      server_.Call(&Stub::CreateRoom, request)->room_id();

  const v1::Principal alice = PersonPrincipal(kAlice);
  EXPECT_EQ(*StateContent(alice, room_id, kNameType), R"({"name":"Lobby"})");
  EXPECT_EQ(*StateContent(alice, room_id, kTopicType), R"({"topic":"All"})");
  EXPECT_EQ(*StateContent(alice, room_id, kJoinRulesType),
            R"({"join_rule":"public"})");
  EXPECT_EQ(*StateContent(alice, room_id, kHistoryVisibilityType),
            R"({"history_visibility":"joined"})");
  EXPECT_THAT(*StateContent(alice, room_id, kCreateType),
              HasSubstr(R"("m.federate":false)"));
  EXPECT_THAT(*StateContent(alice, room_id, kPowerLevelsType),
              HasSubstr(R"("invite":3)"));
  EXPECT_EQ(*StateContent(alice, room_id, kMemberType, kCarol),
            R"({"membership":"invite"})");
  v1::ResolveAliasRequest resolve;
  resolve.set_room_alias("#lobby:hsdomain.com");
  EXPECT_EQ(server_.Call(&Stub::ResolveAlias, resolve)->room_id(), room_id);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::CreateRoom, request).status()),
            "M_ROOM_IN_USE");
}

TEST_F(RoomsServiceTest, CreateRoomNamesWhatIsWrong) {
  auto version = AsAlice<v1::CreateRoomRequest>();
  version.set_room_version("1");
  auto invite = AsAlice<v1::CreateRoomRequest>();
  invite.add_invites("carol");
  auto nobody = AsAlice<v1::CreateRoomRequest>();
  nobody.add_invites("@nobody:hsdomain.com");
  auto preset = AsAlice<v1::CreateRoomRequest>();
  preset.set_preset(static_cast<v1::CreateRoomRequest::Preset>(99));
  auto alias = AsAlice<v1::CreateRoomRequest>();
  alias.set_room_alias_name(std::string(300, 'x'));
  struct {
    v1::CreateRoomRequest request;
    const char* errcode;
  } cases[] = {{version, "M_UNSUPPORTED_ROOM_VERSION"},
               {invite, "M_INVALID_PARAM"},
               {nobody, "M_NOT_FOUND"},
               {preset, "M_INVALID_PARAM"},
               {alias, "M_INVALID_PARAM"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.request.ShortDebugString());
    EXPECT_EQ(GetErrcode(server_.Call(&Stub::CreateRoom, c.request).status()),
              c.errcode);
  }
  EXPECT_EQ(rooms_.LastPosition().value(), 0);
}

TEST_F(RoomsServiceTest, ReservedAliasesAreForTheirOwner) {
  const std::string room_id = CreateRoom();
  auto request = AsAlice<v1::CreateRoomRequest>();
  request.set_room_alias_name("irc.freenode.net/#x");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::CreateRoom, request).status()),
            "M_EXCLUSIVE");
  auto alias = AsAlice<v1::CreateAliasRequest>();
  alias.set_room_alias("#irc.freenode.net/#x:hsdomain.com");
  alias.set_room_id(room_id);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::CreateAlias, alias).status()),
            "M_EXCLUSIVE");
  *alias.mutable_principal() = AppservicePrincipal();
  EXPECT_TRUE(server_.Call(&Stub::CreateAlias, alias).ok());
  EXPECT_EQ(server_.Call(&Stub::CreateAlias, alias).status().code(),
            absl::StatusCode::kAlreadyExists);
  alias.set_room_alias("#outside:hsdomain.com");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::CreateAlias, alias).status()),
            "M_EXCLUSIVE");
  auto remove = AsAlice<v1::DeleteAliasRequest>();
  remove.set_room_alias("#irc.freenode.net/#x:hsdomain.com");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::DeleteAlias, remove).status()),
            "M_EXCLUSIVE");
  *remove.mutable_principal() = AppservicePrincipal();
  EXPECT_TRUE(server_.Call(&Stub::DeleteAlias, remove).ok());
}

TEST_F(RoomsServiceTest, UnknownGhostThatActsIsAskedFor) {
  const std::string room_id = CreateRoom();
  const v1::Principal ghost = AppservicePrincipal(kGhost);
  server_.user_querier.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNotFound, .profile = {}});
  EXPECT_EQ(GetErrcode(Join(ghost, room_id)), "M_FORBIDDEN");
  EXPECT_THAT(server_.user_querier.queries(), SizeIs(1));
  server_.user_querier.set_answer(UserAnswer{
      .outcome = QueryOutcome::kCreate,
      .profile = {.display_name = "Bob", .avatar_url = std::nullopt}});
  EXPECT_EQ(Join(ghost, room_id), absl::OkStatus());
  EXPECT_EQ(*StateContent(ghost, room_id, kMemberType, kGhost),
            R"({"displayname":"Bob","membership":"join"})");
  EXPECT_EQ(Join(AppservicePrincipal(), room_id), absl::OkStatus());
  EXPECT_THAT(server_.user_querier.queries(), SizeIs(2));
}

TEST_F(RoomsServiceTest, UnknownGhostIsAskedForBeforeItIsInvited) {
  const std::string room_id = CreateRoom();
  server_.user_querier.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNotFound, .profile = {}});
  EXPECT_EQ(GetErrcode(SetMembership(v1::SetMembershipRequest::INVITE, room_id,
                                     kGhost)),
            "M_NOT_FOUND");
  server_.user_querier.set_answer(
      UserAnswer{.outcome = QueryOutcome::kCreate, .profile = {}});
  EXPECT_EQ(SetMembership(v1::SetMembershipRequest::INVITE, room_id, kGhost),
            absl::OkStatus());
  EXPECT_THAT(server_.user_querier.queries(), SizeIs(2));
}

TEST_F(RoomsServiceTest, InvitationAsAStateEventAsksToo) {
  const std::string room_id = CreateRoom();
  auto request = AsAlice<v1::SendEventRequest>();
  request.set_room_id(room_id);
  request.set_type(kMemberType);
  request.set_has_state_key(true);
  request.set_state_key(kGhost);
  request.set_content_json(R"({"membership":"invite"})");
  server_.user_querier.set_answer(
      UserAnswer{.outcome = QueryOutcome::kCreate, .profile = {}});
  EXPECT_TRUE(server_.Call(&Stub::SendEvent, request).ok());
  EXPECT_THAT(server_.user_querier.queries(), SizeIs(1));
}

TEST_F(RoomsServiceTest, UserOutsideTheNamespaceIsForbidden) {
  EXPECT_EQ(GetErrcode(Join(AppservicePrincipal(kCarol), CreateRoom())),
            "M_FORBIDDEN");
}

TEST_F(RoomsServiceTest, MembershipGoesThroughAllItsStations) {
  const std::string room_id = CreateRoom();
  using Request = v1::SetMembershipRequest;
  EXPECT_EQ(SetMembership(Request::INVITE, room_id, kCarol), absl::OkStatus());
  EXPECT_EQ(Join(PersonPrincipal(kCarol), room_id), absl::OkStatus());
  EXPECT_EQ(SetMembership(Request::KICK, room_id, kCarol), absl::OkStatus());
  EXPECT_EQ(SetMembership(Request::BAN, room_id, kCarol), absl::OkStatus());
  EXPECT_EQ(GetErrcode(Join(PersonPrincipal(kCarol), room_id)), "M_FORBIDDEN");
  EXPECT_EQ(SetMembership(Request::UNBAN, room_id, kCarol), absl::OkStatus());
  EXPECT_EQ(SetMembership(Request::LEAVE, room_id, ""), absl::OkStatus());
  auto joined = AsAlice<v1::GetJoinedRoomsRequest>();
  EXPECT_THAT(server_.Call(&Stub::GetJoinedRooms, joined)->room_ids(),
              IsEmpty());
  EXPECT_EQ(GetErrcode(SetMembership(Request::ACTION_UNSPECIFIED, room_id, "")),
            "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(SetMembership(Request::KICK, room_id, "")),
            "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(SetMembership(Request::LEAVE, "room", "")),
            "M_INVALID_PARAM");
}

TEST_F(RoomsServiceTest, RepeatedSendAnswersTheSameEvent) {
  const std::string room_id = CreateRoom();
  const v1::Principal alice = PersonPrincipal(kAlice);
  const std::string first =
      Send(alice, room_id, R"({"body":"x"})", "m1").value();
  EXPECT_EQ(Send(alice, room_id, R"({"body":"x"})", "m1").value(), first);
  EXPECT_EQ(GetErrcode(Send(alice, room_id, "[]").status()), "M_BAD_JSON");
  auto negative = AsAlice<v1::SendEventRequest>();
  negative.set_room_id(room_id);
  negative.set_origin_server_ts(-1);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::SendEvent, negative).status()),
            "M_INVALID_PARAM");
}

TEST_F(RoomsServiceTest, NotToday) {
  EXPECT_EQ(
      server_.Call(&Stub::ListRooms, v1::ListRoomsRequest()).status().code(),
      absl::StatusCode::kUnimplemented);
  EXPECT_EQ(server_.Call(&Stub::RedactEvent, AsAlice<v1::RedactEventRequest>())
                .status()
                .code(),
            absl::StatusCode::kUnimplemented);
}

TEST_F(RoomsServiceTest, DatabaseThatIsAwayIsUnavailable) {
  const std::string room_id = CreateRoom();
  rooms_.FailWith(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(
      Send(PersonPrincipal(kAlice), room_id, "{}").status()));
}

}  // namespace
}  // namespace causeway::homeserver
