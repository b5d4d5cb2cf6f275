// The Rooms service through gRPC, on the fake stores.

#include "services/homeserver/rooms/rooms_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/rooms/test_homeserver.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Stub = TestHomeserver::Stub;

constexpr char kAlice[] = "@alice:hsdomain.com";
constexpr char kCarol[] = "@carol:hsdomain.com";
constexpr char kGhost[] = "@irc.freenode.net/Bob:hsdomain.com";

class RoomsServiceTest : public ::testing::Test {
 protected:
  RoomsServiceTest() {
    for (const char* user_id : {kAlice, kCarol}) {
      EXPECT_TRUE(server_.accounts.EnsureGhost(User(user_id), {}).ok());
      server_.filter_store.AddUser(User(user_id));
    }
  }

  // A request in alice's name.
  template <typename Request>
  static Request As(v1::Principal principal, Request request = {}) {
    *request.mutable_principal() = std::move(principal);
    return request;
  }
  template <typename Request>
  static Request AsAlice(Request request = {}) {
    return As(PersonPrincipal(kAlice), std::move(request));
  }

  std::string CreateRoom(const std::string& name = "Room") {
    auto request = AsAlice<v1::CreateRoomRequest>();
    request.set_preset(v1::CreateRoomRequest::PUBLIC_CHAT);
    request.set_name(name);
    return server_.Call(&Stub::CreateRoom, request)->room_id();
  }

  absl::Status Join(const v1::Principal& principal,
                    const std::string& room_id) {
    auto request = As<v1::JoinRoomRequest>(principal);
    request.set_room_id_or_alias(room_id);
    return server_.Call(&Stub::JoinRoom, request).status();
  }

  absl::StatusOr<std::string> Send(const v1::Principal& principal,
                                   const std::string& room_id,
                                   const std::string& content,
                                   const std::string& txn_id = "") {
    auto request = As<v1::SendEventRequest>(principal);
    request.set_room_id(room_id);
    request.set_type("m.room.message");
    request.set_content_json(content);
    request.set_txn_id(txn_id);
    auto response = server_.Call(&Stub::SendEvent, request);
    if (!response.ok()) return response.status();
    return response->event_id();
  }

  absl::Status SetMembership(v1::SetMembershipRequest::Action action,
                             const std::string& room_id,
                             const std::string& user_id) {
    auto request = AsAlice<v1::SetMembershipRequest>();
    request.set_action(action);
    request.set_room_id(room_id);
    request.set_user_id(user_id);
    return server_.Call(&Stub::SetMembership, request).status();
  }

  absl::StatusOr<std::string> StateContent(const v1::Principal& principal,
                                           const std::string& room_id,
                                           const std::string& type,
                                           const std::string& state_key = "") {
    auto request = As<v1::GetStateEventRequest>(principal);
    request.set_room_id(room_id);
    request.set_type(type);
    request.set_state_key(state_key);
    auto response = server_.Call(&Stub::GetStateEvent, request);
    if (!response.ok()) return response.status();
    return response->content_json();
  }

  FakeUserStore users_;
  FakeRoomStore rooms_;
  TestHomeserver server_{users_, rooms_, rooms_};
};

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
  server_.user_querier.answer =
      UserAnswer{.outcome = UserAnswer::Outcome::kNotFound, .profile = {}};
  EXPECT_EQ(GetErrcode(Join(ghost, room_id)), "M_FORBIDDEN");
  EXPECT_THAT(server_.user_querier.queries, SizeIs(1));
  server_.user_querier.answer = UserAnswer{
      .outcome = UserAnswer::Outcome::kCreate,
      .profile = {.display_name = "Bob", .avatar_url = std::nullopt}};
  EXPECT_EQ(Join(ghost, room_id), absl::OkStatus());
  EXPECT_EQ(*StateContent(ghost, room_id, kMemberType, kGhost),
            R"({"displayname":"Bob","membership":"join"})");
  EXPECT_EQ(Join(AppservicePrincipal(), room_id), absl::OkStatus());
  EXPECT_THAT(server_.user_querier.queries, SizeIs(2));
}

TEST_F(RoomsServiceTest, UnknownGhostIsAskedForBeforeItIsInvited) {
  const std::string room_id = CreateRoom();
  server_.user_querier.answer =
      UserAnswer{.outcome = UserAnswer::Outcome::kNotFound, .profile = {}};
  EXPECT_EQ(GetErrcode(SetMembership(v1::SetMembershipRequest::INVITE, room_id,
                                     kGhost)),
            "M_NOT_FOUND");
  server_.user_querier.answer =
      UserAnswer{.outcome = UserAnswer::Outcome::kCreate, .profile = {}};
  EXPECT_EQ(SetMembership(v1::SetMembershipRequest::INVITE, room_id, kGhost),
            absl::OkStatus());
  EXPECT_THAT(server_.user_querier.queries, SizeIs(2));
}

TEST_F(RoomsServiceTest, InvitationAsAStateEventAsksToo) {
  const std::string room_id = CreateRoom();
  auto request = AsAlice<v1::SendEventRequest>();
  request.set_room_id(room_id);
  request.set_type(kMemberType);
  request.set_has_state_key(true);
  request.set_state_key(kGhost);
  request.set_content_json(R"({"membership":"invite"})");
  server_.user_querier.answer =
      UserAnswer{.outcome = UserAnswer::Outcome::kCreate, .profile = {}};
  EXPECT_TRUE(server_.Call(&Stub::SendEvent, request).ok());
  EXPECT_THAT(server_.user_querier.queries, SizeIs(1));
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

TEST_F(RoomsServiceTest, ReadsWhatWasWritten) {
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

TEST_F(RoomsServiceTest, MembersAreChosenByMembership) {
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

TEST_F(RoomsServiceTest, MessagesPageByTokens) {
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

TEST_F(RoomsServiceTest, SyncTakesFiltersByIdAndAsTheyAre) {
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

TEST_F(RoomsServiceTest, SyncShowsInvitationsAndLeaving) {
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
