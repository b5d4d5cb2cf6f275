// Rooms: founding, aliases, memberships, sending.

#include "services/homeserver/rooms/rooms_service.h"

#include <cstdint>
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
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
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
  auto nobody_as_state = AsAlice<v1::CreateRoomRequest>();
  v1::StateEvent& member = *nobody_as_state.add_initial_state();
  member.set_type("m.room.member");
  member.set_state_key("@nobody:hsdomain.com");
  member.set_content_json(R"({"membership":"invite"})");
  auto preset = AsAlice<v1::CreateRoomRequest>();
  preset.set_preset(static_cast<v1::CreateRoomRequest::Preset>(99));
  auto alias = AsAlice<v1::CreateRoomRequest>();
  alias.set_room_alias_name(std::string(300, 'x'));
  struct {
    v1::CreateRoomRequest request;
    const char* errcode;
  } cases[] = {{version, "M_UNSUPPORTED_ROOM_VERSION"},
               {invite, "M_INVALID_PARAM"},
               {nobody, "M_FORBIDDEN"},
               {nobody_as_state, "M_FORBIDDEN"},
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
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::CreateAlias, alias).status()),
            "M_FORBIDDEN");
  ASSERT_TRUE(Join(AppservicePrincipal(), room_id).ok());
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
            "M_FORBIDDEN");
  server_.user_querier.set_answer(
      UserAnswer{.outcome = QueryOutcome::kCreate, .profile = {}});
  EXPECT_EQ(SetMembership(v1::SetMembershipRequest::INVITE, room_id, kGhost),
            absl::OkStatus());
  EXPECT_THAT(server_.user_querier.queries(), SizeIs(2));
}

TEST_F(RoomsServiceTest, SenderOfAnApplicationServiceNeedsNoRegistration) {
  auto request = AsAlice<v1::CreateRoomRequest>();
  request.add_invites("@ircbot:hsdomain.com");
  const std::string room_id =
      server_.Call(&Stub::CreateRoom, request)->room_id();
  EXPECT_EQ(Join(AppservicePrincipal(), room_id), absl::OkStatus());
  EXPECT_EQ(SetMembership(v1::SetMembershipRequest::KICK, room_id,
                          "@ircbot:hsdomain.com"),
            absl::OkStatus());
  EXPECT_EQ(SetMembership(v1::SetMembershipRequest::INVITE, room_id,
                          "@ircbot:hsdomain.com"),
            absl::OkStatus());
  EXPECT_EQ(Join(AppservicePrincipal("@ircbot:hsdomain.com"), room_id),
            absl::OkStatus());
  EXPECT_THAT(server_.user_querier.queries(), IsEmpty());
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
  for (const int64_t ts : {int64_t{-1}, matrix::kCanonicalIntMax + 1}) {
    auto out_of_range = AsAlice<v1::SendEventRequest>();
    out_of_range.set_room_id(room_id);
    out_of_range.set_type("m.room.message");
    out_of_range.set_content_json("{}");
    out_of_range.set_origin_server_ts(ts);
    EXPECT_EQ(GetErrcode(server_.Call(&Stub::SendEvent, out_of_range).status()),
              "M_INVALID_PARAM");
  }
}

TEST_F(RoomsServiceTest, TransactionIdsOfTwoGhostsAreTwo) {
  const std::string room_id = CreateRoom();
  server_.user_querier.set_answer(
      UserAnswer{.outcome = QueryOutcome::kCreate, .profile = {}});
  const v1::Principal bob = AppservicePrincipal(kGhost);
  const v1::Principal bot = AppservicePrincipal();
  ASSERT_TRUE(Join(bob, room_id).ok());
  ASSERT_TRUE(Join(bot, room_id).ok());
  const std::string first = Send(bob, room_id, "{}", "m1").value();
  EXPECT_EQ(Send(bob, room_id, "{}", "m1").value(), first);
  EXPECT_NE(Send(bot, room_id, "{}", "m1").value(), first);
}

TEST_F(RoomsServiceTest, RedactsByEitherWay) {
  const std::string room_id = CreateRoom();
  const v1::Principal alice = PersonPrincipal(kAlice);
  auto served = [&](const std::string& event_id) {
    auto request = AsAlice<v1::GetEventRequest>();
    request.set_room_id(room_id);
    request.set_event_id(event_id);
    return server_.Call(&Stub::GetEvent, request)->event_json();
  };
  const std::string one = Send(alice, room_id, R"({"body":"bad"})").value();
  auto redact = AsAlice<v1::RedactEventRequest>();
  redact.set_room_id(room_id);
  redact.set_event_id(one);
  redact.set_txn_id("m1");
  redact.set_reason("spam");
  const std::string redaction =
      server_.Call(&Stub::RedactEvent, redact)->event_id();
  EXPECT_EQ(server_.Call(&Stub::RedactEvent, redact)->event_id(), redaction);
  EXPECT_THAT(served(one), HasSubstr(R"("reason":"spam")"));
  EXPECT_THAT(served(one), Not(HasSubstr(R"("bad")")));
  EXPECT_THAT(served(redaction), HasSubstr(R"("transaction_id":"m1")"));

  const std::string two = Send(alice, room_id, R"({"body":"bad"})").value();
  auto send = AsAlice<v1::SendEventRequest>();
  send.set_room_id(room_id);
  send.set_type(kRedactionType);
  send.set_content_json(R"({"redacts":")" + two + R"("})");
  send.set_txn_id("m1");
  EXPECT_TRUE(server_.Call(&Stub::SendEvent, send).ok());
  EXPECT_THAT(served(two), Not(HasSubstr(R"("bad")")));
  send.set_content_json("{}");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::SendEvent, send).status()),
            "M_MISSING_PARAM");
  redact.set_event_id("nonsense");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::RedactEvent, redact).status()),
            "M_INVALID_PARAM");
  redact.set_event_id(one);
  redact.set_origin_server_ts(-1);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::RedactEvent, redact).status()),
            "M_INVALID_PARAM");
}

TEST_F(RoomsServiceTest, ListsOfNetworksBelongToTheirService) {
  const std::string room_id = CreateRoom();
  ASSERT_TRUE(Join(AppservicePrincipal(), room_id).ok());
  auto set = As<v1::SetRoomVisibilityRequest>(AppservicePrincipal());
  set.set_room_id(room_id);
  set.set_is_public(true);
  set.set_network_id("freenode");
  EXPECT_TRUE(server_.Call(&Stub::SetRoomVisibility, set).ok());
  v1::ListPublicRoomsRequest list;
  EXPECT_THAT(server_.Call(&Stub::ListPublicRooms, list)->rooms(), IsEmpty());
  list.set_server("elsewhere.com");
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::ListPublicRooms, list).status()),
            "M_NOT_FOUND");
  list.set_server("hsdomain.com");
  list.set_third_party_instance_id("irc|freenode");
  EXPECT_THAT(server_.Call(&Stub::ListPublicRooms, list)->rooms(), SizeIs(1));
  *set.mutable_principal() = PersonPrincipal(kAlice);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::SetRoomVisibility, set).status()),
            "M_FORBIDDEN");
  set.set_network_id("");
  EXPECT_TRUE(server_.Call(&Stub::SetRoomVisibility, set).ok());
  v1::GetRoomVisibilityRequest get;
  get.set_room_id(room_id);
  EXPECT_TRUE(server_.Call(&Stub::GetRoomVisibility, get)->is_public());
}

TEST_F(RoomsServiceTest, ForgottenRoomCannotBeReadAnyMore) {
  const std::string room_id = CreateRoom();
  auto forget = AsAlice<v1::ForgetRoomRequest>();
  forget.set_room_id(room_id);
  EXPECT_EQ(GetErrcode(server_.Call(&Stub::ForgetRoom, forget).status()),
            "M_UNKNOWN");
  ASSERT_TRUE(SetMembership(v1::SetMembershipRequest::LEAVE, room_id, "").ok());
  const v1::Principal alice = PersonPrincipal(kAlice);
  EXPECT_TRUE(StateContent(alice, room_id, kNameType).ok());
  EXPECT_TRUE(server_.Call(&Stub::ForgetRoom, forget).ok());
  EXPECT_EQ(GetErrcode(StateContent(alice, room_id, kNameType).status()),
            "M_FORBIDDEN");
}

TEST_F(RoomsServiceTest, DatabaseThatIsAwayIsUnavailable) {
  const std::string room_id = CreateRoom();
  rooms_.FailWith(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(
      Send(PersonPrincipal(kAlice), room_id, "{}").status()));
}

}  // namespace
}  // namespace causeway::homeserver
