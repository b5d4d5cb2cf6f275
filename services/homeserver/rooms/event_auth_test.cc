#include "services/homeserver/rooms/event_auth.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/test_events.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// The cast. All but the last four are in the room.
constexpr char kCreator[] = "@creator:hs";  // 100
constexpr char kModerator[] = "@mod:hs";    // 50
constexpr char kModerator2[] = "@mod2:hs";  // 50
constexpr char kMember[] = "@member:hs";    // 0
constexpr char kInvited[] = "@invited:hs";
constexpr char kBanned[] = "@banned:hs";
constexpr char kStranger[] = "@stranger:hs";
constexpr char kGone[] = "@gone:hs";

constexpr char kPowerLevels[] = R"({
    "users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50},
    "events": {"m.room.topic": 0, "m.special": 75},
    "notifications": {"room": 50}, "invite": 50, "ban": 60})";

RoomState StateOf(const std::vector<EventDraft>& drafts) {
  RoomState state;
  for (const EventDraft& draft : drafts) {
    state.Apply(
        BuildEvent(draft, Room("!r:hs"), NewEventId(), nullptr).value());
  }
  return state;
}

std::vector<EventDraft> Founding(absl::string_view join_rule) {
  return {Draft(kCreator, kCreateType, "", R"({"creator":"@creator:hs"})"),
          MemberDraft(kCreator, kCreator, "join"),
          Draft(kCreator, kPowerLevelsType, "", kPowerLevels),
          Draft(kCreator, kJoinRulesType, "",
                absl::StrCat("{\"join_rule\":\"", join_rule, "\"}"))};
}

RoomState FullRoom(absl::string_view join_rule = "invite") {
  std::vector<EventDraft> drafts = Founding(join_rule);
  for (const char* user : {kModerator, kModerator2, kMember}) {
    drafts.push_back(MemberDraft(user, user, "join"));
  }
  drafts.push_back(MemberDraft(kCreator, kInvited, "invite"));
  drafts.push_back(MemberDraft(kCreator, kBanned, "ban"));
  return StateOf(drafts);
}

// In which @mod:hs and @mod2:hs may do all that takes 50.
constexpr char kBanAt50[] =
    R"({"users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50}})";
// In which everybody has 10 unless told otherwise, and messages take 20.
constexpr char kQuietRoom[] =
    R"({"users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": -1},
        "users_default": 10, "events_default": 20, "state_default": 30,
        "kick": 20})";

// In which who has less than nothing may change what takes as little.
constexpr char kBelowZero[] =
    R"({"users": {"@creator:hs": 100}, "users_default": -5,
        "state_default": -10})";

EventDraft PowerLevelsDraft(absl::string_view sender,
                            absl::string_view content) {
  return Draft(sender, kPowerLevelsType, "", content);
}

RoomState RoomWithPowerLevels(absl::string_view content) {
  RoomState state = FullRoom();
  state.Apply(BuildEvent(PowerLevelsDraft(kCreator, content), Room("!r:hs"),
                         NewEventId(), nullptr)
                  .value());
  return state;
}

// In which unbanning takes 50 as banning and 60 as kicking.
constexpr char kKickAt60[] =
    R"({"users": {"@creator:hs": 100, "@mod:hs": 50}, "kick": 60})";
// In which the banned one has as much power as the moderator.
constexpr char kBannedAt50[] =
    R"({"users": {"@creator:hs": 100, "@mod:hs": 50, "@banned:hs": 50}})";

RoomState RoomWhere(absl::string_view user, absl::string_view membership) {
  RoomState state = FullRoom();
  state.Apply(BuildEvent(MemberDraft(user, user, membership), Room("!r:hs"),
                         NewEventId(), nullptr)
                  .value());
  return state;
}

// By which `user` joins, and `authoriser` lets them in.
EventDraft AuthorisedJoin(absl::string_view user,
                          absl::string_view authoriser) {
  return Draft(
      user, kMemberType, std::string(user),
      absl::StrCat(
          R"({"membership":"join","join_authorised_via_users_server":")",
          authoriser, "\"}"));
}

struct Case {
  std::string name;
  EventDraft draft;
  std::string refusal;  // Part of the message. Empty: allowed.
  RoomState state = FullRoom();
};

class EventAuthTest : public ::testing::TestWithParam<Case> {};

TEST_P(EventAuthTest, AllowsOrNamesTheRule) {
  absl::Status status = CheckEventAllowed(GetParam().draft, GetParam().state);
  if (GetParam().refusal.empty()) {
    EXPECT_EQ(status, absl::OkStatus());
  } else {
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().refusal));
  }
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Create, EventAuthTest,
    ::testing::Values(
        Case{"FirstEvent", Draft(kCreator, kCreateType, "", "{}"), "",
             RoomState()},
        Case{"OnlyOnce", Draft(kCreator, kCreateType, "", "{}"),
             "only one m.room.create"},
        Case{"IsState", Draft(kCreator, kCreateType, "{}"), "its first event",
             RoomState()},
        Case{"HasNoStateKey", Draft(kCreator, kCreateType, "x", "{}"),
             "its first event", RoomState()},
        Case{"NothingBefore", MemberDraft(kCreator, kCreator, "join"),
             "does not exist", RoomState()},
        Case{"CreatorJoinsNext", MemberDraft(kCreator, kCreator, "join"), "",
             StateOf({Founding("invite")[0]})},
        Case{"NobodyElseJoinsNext", MemberDraft(kStranger, kStranger, "join"),
             "by invitation", StateOf({Founding("invite")[0]})}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Join, EventAuthTest,
    ::testing::Values(
        Case{"Public", MemberDraft(kStranger, kStranger, "join"), "",
             FullRoom("public")},
        Case{"Uninvited", MemberDraft(kStranger, kStranger, "join"),
             "by invitation"},
        Case{"PrivateIsNotPublic", MemberDraft(kStranger, kStranger, "join"),
             "join rule is \"private\", by which nobody joins",
             FullRoom("private")},
        Case{"PrivateTakesNoInvitation",
             MemberDraft(kInvited, kInvited, "join"), "by which nobody joins",
             FullRoom("private")},
        Case{"KnockRoomByInvitation", MemberDraft(kInvited, kInvited, "join"),
             "", FullRoom("knock")},
        Case{"KnockRestrictedByInvitation",
             MemberDraft(kInvited, kInvited, "join"), "",
             FullRoom("knock_restricted")},
        Case{"RestrictedIsNotPublic", MemberDraft(kStranger, kStranger, "join"),
             "join rule is restricted", FullRoom("restricted")},
        Case{"KnockRestrictedIsNotPublic",
             MemberDraft(kStranger, kStranger, "join"),
             "join rule is knock_restricted", FullRoom("knock_restricted")},
        Case{"RestrictedByInvitation", MemberDraft(kInvited, kInvited, "join"),
             "", FullRoom("restricted")},
        Case{"KnockRoomByInvitationOnly",
             MemberDraft(kStranger, kStranger, "join"), "by invitation",
             FullRoom("knock")},
        Case{"UnknownRuleIsNotPublic",
             MemberDraft(kStranger, kStranger, "join"), "by which nobody joins",
             FullRoom("lottery")},
        Case{"Invited", MemberDraft(kInvited, kInvited, "join"), ""},
        Case{"RestrictedLetInByAModerator",
             AuthorisedJoin(kStranger, kModerator), "", FullRoom("restricted")},
        Case{"KnockRestrictedLetInByAModerator",
             AuthorisedJoin(kStranger, kModerator), "",
             FullRoom("knock_restricted")},
        Case{"LetInByWhoMayNotInvite", AuthorisedJoin(kStranger, kMember),
             "join rule is restricted", FullRoom("restricted")},
        Case{"LetInByWhoIsOut", AuthorisedJoin(kStranger, kGone),
             "join rule is restricted",
             StateOf({Founding("restricted")[0], Founding("restricted")[3]})},
        Case{"LettingInIsForRestrictedRooms",
             AuthorisedJoin(kStranger, kModerator), "by invitation"},
        Case{"BannedIsNotLetIn", AuthorisedJoin(kBanned, kModerator),
             "is banned", FullRoom("restricted")},
        Case{"CreatorComesBackUninvited",
             MemberDraft(kCreator, kCreator, "join"), "by invitation",
             StateOf({Founding("invite")[0], Founding("invite")[2],
                      Founding("invite")[3]})},
        Case{"CreatorComesBackToARoomOfPowerLevels",
             MemberDraft(kCreator, kCreator, "join"), "by invitation",
             StateOf({Founding("invite")[0], Founding("invite")[2]})},
        Case{"CreatorComesBackToARoomOfJoinRules",
             MemberDraft(kCreator, kCreator, "join"), "by invitation",
             StateOf({Founding("invite")[0], Founding("invite")[3]})},
        Case{"Again", MemberDraft(kMember, kMember, "join"), ""},
        Case{"HavingKnocked", MemberDraft(kStranger, kStranger, "join"),
             "by invitation", RoomWhere(kStranger, "knock")},
        Case{"Banned", MemberDraft(kBanned, kBanned, "join"), "is banned",
             FullRoom("public")},
        Case{"OnBehalfOfAnother", MemberDraft(kCreator, kStranger, "join"),
             "nobody can make another", FullRoom("public")},
        Case{"Knock", MemberDraft(kStranger, kStranger, "knock"), "knock",
             FullRoom("knock")}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Invite, EventAuthTest,
    ::testing::Values(
        Case{"WithPower", MemberDraft(kModerator, kStranger, "invite"), ""},
        Case{"WithoutPower", MemberDraft(kMember, kStranger, "invite"),
             "inviting takes power level 50, @member:hs has 0"},
        Case{"ThirdParty",
             Draft(kCreator, kMemberType, kStranger, R"({"membership":"invite",
                 "third_party_invite": {"display_name": "x"}})"),
             "takes no third-party invites"},
        Case{"FromOutside", MemberDraft(kStranger, "@x:hs", "invite"),
             "not in the room"},
        Case{"WhoIsInvitedOnly", MemberDraft(kInvited, "@x:hs", "invite"),
             "not in the room"},
        Case{"WhoIsIn", MemberDraft(kModerator, kMember, "invite"),
             "is in the room already"},
        Case{"WhoIsBanned", MemberDraft(kCreator, kBanned, "invite"),
             "is banned"},
        Case{"Again", MemberDraft(kModerator, kInvited, "invite"), ""}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Leave, EventAuthTest,
    ::testing::Values(
        Case{"Oneself", MemberDraft(kMember, kMember, "leave"), ""},
        Case{"RefuseInvitation", MemberDraft(kInvited, kInvited, "leave"), ""},
        Case{"TakeBackAKnock", MemberDraft(kStranger, kStranger, "leave"), "",
             RoomWhere(kStranger, "knock")},
        Case{"UnbanTakesKickingToo", MemberDraft(kModerator, kBanned, "leave"),
             "unbanning takes power level 60, @mod:hs has 50",
             RoomWithPowerLevels(kKickAt60)},
        Case{"UnbanAnEqual", MemberDraft(kModerator, kBanned, "leave"),
             "unbanning takes more than the power level of @banned:hs, 50",
             RoomWithPowerLevels(kBannedAt50)},
        Case{"WhoIsOut", MemberDraft(kStranger, kStranger, "leave"),
             "not in the room"},
        Case{"WhoIsBanned", MemberDraft(kBanned, kBanned, "leave"),
             "not in the room"},
        Case{"Kick", MemberDraft(kModerator, kMember, "leave"), ""},
        Case{"KickWithoutPower", MemberDraft(kMember, kModerator, "leave"),
             "kicking takes power level 50, @member:hs has 0"},
        Case{"KickAnEqual", MemberDraft(kModerator, kModerator2, "leave"),
             "kicking takes more than the power level of @mod2:hs, 50; "
             "@mod:hs has 50"},
        Case{"KickAModerator", MemberDraft(kCreator, kModerator, "leave"), ""},
        Case{"KickFromOutside", MemberDraft(kStranger, kMember, "leave"),
             "not in the room"},
        Case{"WithdrawInvitation", MemberDraft(kModerator, kInvited, "leave"),
             ""},
        Case{"Unban", MemberDraft(kCreator, kBanned, "leave"), ""},
        Case{"UnbanWithoutPower", MemberDraft(kModerator, kBanned, "leave"),
             "unbanning takes power level 60, @mod:hs has 50"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Ban, EventAuthTest,
    ::testing::Values(
        Case{"WithPower", MemberDraft(kCreator, kMember, "ban"), ""},
        Case{"WhoIsOut", MemberDraft(kCreator, kStranger, "ban"), ""},
        Case{"WithoutPower", MemberDraft(kModerator, kMember, "ban"),
             "banning takes power level 60, @mod:hs has 50"},
        Case{"AnEqual", MemberDraft(kModerator, kModerator2, "ban"),
             "banning takes more than the power level of @mod2:hs, 50",
             RoomWithPowerLevels(kBanAt50)},
        Case{"AnEqualWhoIsOut", MemberDraft(kModerator, kBanned, "ban"),
             "banning takes more than the power level of @banned:hs, 50",
             RoomWithPowerLevels(kBannedAt50)},
        Case{"AWeakerOne", MemberDraft(kModerator, kMember, "ban"), "",
             RoomWithPowerLevels(kBanAt50)},
        Case{"Oneself", MemberDraft(kCreator, kCreator, "ban"),
             "banning takes more than the power level of @creator:hs, 100"},
        Case{"FromOutside", MemberDraft(kStranger, kMember, "ban"),
             "not in the room"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    MemberForm, EventAuthTest,
    ::testing::Values(
        Case{"NoStateKey",
             Draft(kMember, kMemberType, R"({"membership":"join"})"),
             "one user ID"},
        Case{"StateKeyIsNoUser",
             Draft(kMember, kMemberType, "member", R"({"membership":"join"})"),
             "one user ID"},
        Case{"NoMembership", Draft(kMember, kMemberType, kMember, "{}"),
             "membership"},
        Case{"UnknownMembership", MemberDraft(kMember, kMember, "lurk"),
             "not a membership"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Send, EventAuthTest,
    ::testing::Values(
        Case{"Message", Draft(kMember, "m.room.message", "{}"), ""},
        Case{"FromOutside", Draft(kStranger, "m.room.message", "{}"),
             "@stranger:hs is not in the room"},
        Case{"WhoIsInvited", Draft(kInvited, "m.room.message", "{}"),
             "not in the room"},
        Case{"WhoIsBanned", Draft(kBanned, "m.room.message", "{}"),
             "not in the room"},
        Case{"WhoKnocked", Draft(kStranger, "m.room.message", "{}"),
             "not in the room", RoomWhere(kStranger, "knock")},
        Case{"StateByDefault", Draft(kModerator, kNameType, "", "{}"), ""},
        Case{"StateWithoutPower", Draft(kMember, kNameType, "", "{}"),
             "takes power level 50, @member:hs has 0"},
        Case{"StateWithOneTooLittle", Draft(kModerator, kNameType, "", "{}"),
             "takes power level 50, @mod:hs has 49",
             RoomWithPowerLevels(
                 R"({"users": {"@creator:hs": 100, "@mod:hs": 49}})")},
        Case{"StateOpenToAll", Draft(kMember, kTopicType, "", "{}"), ""},
        Case{"TypeWithItsOwnLevel", Draft(kModerator, "m.special", "{}"),
             "takes power level 75"},
        Case{"ThirdPartyInvite",
             Draft(kCreator, kThirdPartyInviteType, "t", "{}"),
             "takes no third-party invites"},
        Case{"OwnStateKey", Draft(kModerator, "m.x", kModerator, "{}"), ""},
        Case{"StateKeyOfAnother", Draft(kCreator, "m.x", kMember, "{}"),
             "that user's own"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    PowerLevels, EventAuthTest,
    ::testing::Values(
        Case{"FirstOnes", PowerLevelsDraft(kCreator, R"({"ban":5})"), "",
             StateOf({Founding("")[0], Founding("")[1]})},
        Case{"FirstOnesAreFree",
             PowerLevelsDraft(kCreator,
                              R"({"ban": 101, "users": {"@creator:hs": 102}})"),
             "", StateOf({Founding("")[0], Founding("")[1]})},
        Case{"AsAMessage", Draft(kModerator, kPowerLevelsType, R"({"ban":51})"),
             "takes power level"},
        Case{"BadFormAsAMessage",
             Draft(kModerator, kPowerLevelsType, R"({"ban":"50"})"),
             "must be an integer"},
        Case{"AddBelowZero",
             PowerLevelsDraft(kMember,
                              R"({"users": {"@creator:hs": 100},
                 "users_default": -5, "state_default": -10,
                 "events": {"m.new": -6}})"),
             "", RoomWithPowerLevels(kBelowZero)},
        Case{"WithoutPower", PowerLevelsDraft(kMember, kPowerLevels),
             "takes power level 50"},
        Case{"CreatorMayAll", PowerLevelsDraft(kCreator, R"({"users":{}})"),
             ""},
        Case{"BadForm", PowerLevelsDraft(kCreator, R"({"ban":"50"})"),
             "must be an integer"},
        Case{"GiveAsMuchAsOneHas", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50,
                           "@member:hs": 50},
                 "events": {"m.room.topic": 0, "m.special": 75},
                 "notifications": {"room": 50}, "invite": 50, "ban": 60})"),
             ""},
        Case{"GiveMore", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50,
                           "@member:hs": 51},
                 "events": {"m.room.topic": 0, "m.special": 75},
                 "notifications": {"room": 50}, "invite": 50, "ban": 60})"),
             "user \"@member:hs\" takes power level 51, @mod:hs has 50"},
        Case{"TakeFromAnEqual", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 50},
                 "events": {"m.room.topic": 0, "m.special": 75},
                 "notifications": {"room": 50}, "invite": 50, "ban": 60})"),
             "user \"@mod2:hs\" takes power level 51, @mod:hs has 50"},
        Case{"GiveUpOnesOwn", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod2:hs": 50},
                 "events": {"m.room.topic": 0, "m.special": 75},
                 "notifications": {"room": 50}, "invite": 50, "ban": 60})"),
             ""},
        Case{"LowerWhatIsAboveOne", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50},
                 "events": {"m.room.topic": 0, "m.special": 75},
                 "notifications": {"room": 50}, "invite": 50, "ban": 50})"),
             "\"ban\" takes power level 60, @mod:hs has 50"},
        Case{"RaiseAboveOne", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50},
                 "events": {"m.room.topic": 0, "m.special": 75},
                 "notifications": {"room": 50}, "invite": 51, "ban": 60})"),
             "\"invite\" takes power level 51, @mod:hs has 50"},
        Case{"AddAboveOne", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50},
                 "events": {"m.room.topic": 0, "m.special": 75}, "kick": 51,
                 "notifications": {"room": 50}, "invite": 50, "ban": 60})"),
             "\"kick\" takes power level 51, @mod:hs has 50"},
        Case{"EventTypeAddedAboveOne", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50},
                 "events": {"m.room.topic": 0, "m.special": 75, "m.new": 51},
                 "notifications": {"room": 50}, "invite": 50, "ban": 60})"),
             "event type \"m.new\" takes power level 51"},
        Case{"RaiseOneself", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 51, "@mod2:hs": 50},
                 "events": {"m.room.topic": 0, "m.special": 75},
                 "notifications": {"room": 50}, "invite": 50, "ban": 60})"),
             "user \"@mod:hs\" takes power level 51"},
        Case{"EventTypeAboveOne", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50},
                 "events": {"m.room.topic": 0},
                 "notifications": {"room": 50}, "invite": 50, "ban": 60})"),
             "event type \"m.special\""},
        Case{"NotificationAboveOne", PowerLevelsDraft(kModerator, R"({
                 "users": {"@creator:hs": 100, "@mod:hs": 50, "@mod2:hs": 50},
                 "events": {"m.room.topic": 0, "m.special": 75},
                 "notifications": {"room": 51}, "invite": 50, "ban": 60})"),
             "notification \"room\""}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Defaults, EventAuthTest,
    ::testing::Values(Case{"EventsDefault",
                           Draft(kMember, "m.room.message", "{}"),
                           "takes power level 20, @member:hs has 10",
                           RoomWithPowerLevels(kQuietRoom)},
                      Case{"StateDefault", Draft(kMember, kNameType, "", "{}"),
                           "takes power level 30, @member:hs has 10",
                           RoomWithPowerLevels(kQuietRoom)},
                      Case{"UsersOwnLevelBeatsTheDefault",
                           Draft(kModerator2, "m.room.message", "{}"),
                           "takes power level 20, @mod2:hs has -1",
                           RoomWithPowerLevels(kQuietRoom)},
                      Case{"InviteIsOpenWithoutALevel",
                           MemberDraft(kMember, kStranger, "invite"), "",
                           RoomWithPowerLevels(kQuietRoom)},
                      Case{"KickHasItsOwnLevel",
                           MemberDraft(kMember, kModerator2, "leave"),
                           "kicking takes power level 20, @member:hs has 10",
                           RoomWithPowerLevels(kQuietRoom)},
                      Case{"BanIsFiftyWithoutALevel",
                           MemberDraft(kMember, kModerator2, "ban"),
                           "banning takes power level 50, @member:hs has 10",
                           RoomWithPowerLevels(kQuietRoom)},
                      Case{"WithoutPowerLevelsEverybodySendsState",
                           Draft(kMember, kNameType, "", "{}"), "",
                           StateOf({Founding("")[0], Founding("")[1],
                                    MemberDraft(kMember, kMember, "join")})},
                      Case{"WithoutPowerLevelsKickingIsTheCreators",
                           MemberDraft(kMember, kCreator, "leave"),
                           "kicking takes power level 50, @member:hs has 0",
                           StateOf({Founding("")[0], Founding("")[1],
                                    MemberDraft(kMember, kMember, "join")})}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    PowerLevelForms, EventAuthTest,
    ::testing::Values(
        Case{"UsersIsNoObject", PowerLevelsDraft(kCreator, R"({"users":[]})"),
             "users"},
        Case{"UserIsNoUser",
             PowerLevelsDraft(kCreator, R"({"users":{"bob":1}})"),
             "not a user ID"},
        Case{"LevelOfAUserIsNoInteger",
             PowerLevelsDraft(kCreator, R"({"users":{"@a:hs":"1"}})"),
             "must be an integer"},
        Case{"LevelOfAnEventIsNull",
             PowerLevelsDraft(kCreator, R"({"events":{"m.x":null}})"),
             "must be an integer"},
        Case{"NotificationIsABool",
             PowerLevelsDraft(kCreator, R"({"notifications":{"room":true}})"),
             "must be an integer"},
        Case{"UsersDefaultIsAnObject",
             PowerLevelsDraft(kCreator, R"({"users_default":{}})"),
             "must be an integer"}),
    NameOf);

TEST(AuthStateKeysTest, NamesWhatTheRulesLookAtAndThePlaceThatIsTaken) {
  const StateKey create = {kCreateType, ""};
  const StateKey power_levels = {kPowerLevelsType, ""};
  const StateKey join_rules = {kJoinRulesType, ""};
  const StateKey sender = {kMemberType, kMember};
  EXPECT_THAT(AuthStateKeys(Draft(kMember, "m.room.message", "{}")),
              UnorderedElementsAre(create, power_levels, join_rules, sender));
  EXPECT_THAT(AuthStateKeys(Draft(kMember, kTopicType, "", "{}")),
              UnorderedElementsAre(create, power_levels, join_rules, sender,
                                   StateKey{kTopicType, ""}));
  EXPECT_THAT(AuthStateKeys(MemberDraft(kMember, kStranger, "invite")),
              UnorderedElementsAre(create, power_levels, join_rules, sender,
                                   StateKey{kMemberType, kStranger}));
}

}  // namespace
}  // namespace causeway::homeserver
