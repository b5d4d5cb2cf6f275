#include "services/homeserver/rooms/draft_room.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/test_events.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kAlias[] = "#irc.freenode.net/#matrix:hsdomain.com";
constexpr char kRoomId[] = "!irc.freenode.net/#matrix:hsdomain.com";
constexpr char kBob[] = "@irc.freenode.net/Bob:hsdomain.com";
constexpr char kCreator[] = "@irc:hsdomain.com";
constexpr int64_t kNow = 1421416884000;

DraftAnswerEvent Answered(const std::string& sender, const std::string& type,
                          std::optional<std::string> state_key,
                          const std::string& content, int64_t ts) {
  return {.type = type,
          .state_key = std::move(state_key),
          .sender = User(sender),
          .content_json = content,
          .origin_server_ts = ts};
}

// The answer of the draft's example.
DraftAnswer WalkthroughAnswer() {
  return {.state = {Answered(kBob, "m.room.name", "", R"({"name":"#matrix"})",
                             1421416883133)},
          .events = {Answered(kBob, "m.room.message", std::nullopt,
                              R"({"body":"hello?","msgtype":"m.text"})",
                              1421416883133)}};
}

DraftRoom Make(const DraftAnswer& answer) {
  return DraftRoomFromAnswer(
             Alias(kAlias), User(kCreator), answer,
             {{User(kBob), {.display_name = "Bob", .avatar_url = {}}}}, kNow)
      .value();
}

std::vector<std::string> Serialised(const DraftRoom& room) {
  std::vector<std::string> jsons;
  RoomState state;
  for (const EventDraft& draft : room.drafts) {
    const Event* replaced = draft.state_key.has_value()
                                ? state.Find(draft.type, *draft.state_key)
                                : nullptr;
    Event event = BuildEvent(draft, MirroredRoomId(Alias(kAlias)).value(),
                             absl::StrCat("$", jsons.size() + 1), replaced)
                      .value();
    jsons.push_back(event.json);
    state.Apply(std::move(event));
  }
  return jsons;
}

// What every event of the room has in common.
std::string Json(int number, const std::string& type_and_key,
                 const std::string& sender, int64_t ts,
                 const std::string& content) {
  return absl::StrCat(R"({"event_id":"$)", number, R"(","room_id":")", kRoomId,
                      R"(",)", type_and_key, R"(,"sender":")", sender,
                      R"(","origin_server_ts":)", ts, R"(,"content":)", content,
                      R"(,"user_id":")", sender, R"("})");
}

TEST(DraftRoomTest, RoomIdMirrorsTheAlias) {
  EXPECT_EQ(MirroredRoomId(Alias(kAlias)).value().str(), kRoomId);
}

TEST(DraftRoomTest, WalkthroughByteForByte) {
  DraftRoom room = Make(WalkthroughAnswer());
  EXPECT_THAT(room.left_out, IsEmpty());
  EXPECT_THAT(
      Serialised(room),
      ElementsAre(
          Json(1, R"("type":"m.room.create","state_key":"")", kCreator, kNow,
               R"({"creator":"@irc:hsdomain.com","room_version":"10"})"),
          Json(2, R"("type":"m.room.member","state_key":"@irc:hsdomain.com")",
               kCreator, kNow, R"({"membership":"join"})"),
          Json(3, R"("type":"m.room.power_levels","state_key":"")", kCreator,
               kNow,
               R"({"ban":50,"events":{"m.room.avatar":50,)"
               R"("m.room.canonical_alias":50,"m.room.encryption":100,)"
               R"("m.room.history_visibility":100,"m.room.name":50,)"
               R"("m.room.power_levels":100,"m.room.server_acl":100,)"
               R"("m.room.tombstone":100},"events_default":0,"invite":0,)"
               R"("kick":50,"redact":50,"state_default":50,)"
               R"("users":{"@irc:hsdomain.com":100},"users_default":0})"),
          Json(4, R"("type":"m.room.join_rules","state_key":"")", kCreator,
               kNow, R"({"join_rule":"public"})"),
          Json(5, R"("type":"m.room.history_visibility","state_key":"")",
               kCreator, kNow, R"({"history_visibility":"shared"})"),
          Json(6, R"("type":"m.room.guest_access","state_key":"")", kCreator,
               kNow, R"({"guest_access":"forbidden"})"),
          Json(7, R"("type":"m.room.canonical_alias","state_key":"")", kCreator,
               kNow, R"({"alias":"#irc.freenode.net/#matrix:hsdomain.com"})"),
          Json(8, R"("type":"m.room.name","state_key":"")", kBob, 1421416883133,
               R"({"name":"#matrix"})"),
          Json(9,
               R"("type":"m.room.member",)"
               R"("state_key":"@irc.freenode.net/Bob:hsdomain.com")",
               kBob, kNow, R"({"displayname":"Bob","membership":"join"})"),
          Json(10, R"("type":"m.room.message")", kBob, 1421416883133,
               R"({"body":"hello?","msgtype":"m.text"})")));
}

TEST(DraftRoomTest, AnswerOverridesWhatEveryRoomHas) {
  DraftAnswer answer = WalkthroughAnswer();
  answer.state.push_back(
      Answered(kCreator, kJoinRulesType, "", R"({"join_rule":"invite"})", 0));
  DraftRoom room = Make(answer);
  std::vector<std::string> join_rules;
  for (const EventDraft& draft : room.drafts) {
    if (draft.type != kJoinRulesType) continue;
    join_rules.push_back(draft.content_json);
    EXPECT_EQ(draft.origin_server_ts, kNow);  // It didn't say when.
  }
  EXPECT_THAT(join_rules, ElementsAre(R"({"join_rule":"invite"})"));
}

TEST(DraftRoomTest, EachSenderJoinsOnceBeforeTheMessages) {
  DraftAnswer answer = WalkthroughAnswer();
  answer.events.push_back(Answered("@irc.freenode.net/Eve:hsdomain.com",
                                   "m.room.message", std::nullopt,
                                   R"({"body":"hi"})", 1));
  answer.events.push_back(
      Answered(kCreator, "m.room.message", std::nullopt, "{}", 2));
  answer.state.push_back(
      Answered(kBob, kMemberType, kBob, R"({"membership":"join","x":1})", 3));
  DraftRoom room = Make(answer);
  std::vector<std::string> shown;
  for (const EventDraft& draft : room.drafts) {
    if (draft.type == kMemberType) shown.push_back(*draft.state_key);
    if (draft.type == "m.room.message") shown.push_back("message");
  }
  EXPECT_THAT(shown,
              ElementsAre(kCreator, kBob, "@irc.freenode.net/Eve:hsdomain.com",
                          "message", "message", "message"));
}

TEST(DraftRoomTest, WhatCannotBeStoredIsLeftOutAndTold) {
  DraftAnswer answer = WalkthroughAnswer();
  answer.state.push_back(Answered(kCreator, kCreateType, "", "{}", 0));
  answer.state.push_back(
      Answered(kCreator, kPowerLevelsType, "", R"({"ban":"no"})", 0));
  answer.events.push_back(
      Answered(kBob, "m.x", std::nullopt, R"({"a":0.5})", 0));
  EXPECT_THAT(Make(answer).left_out,
              ElementsAre(HasSubstr("state[1]: a room has only one"),
                          HasSubstr("state[2]: "), HasSubstr("events[1]: ")));
}

TEST(DraftRoomTest, UsersAreSendersAndWhomMemberEventsAreAbout) {
  DraftAnswer answer = WalkthroughAnswer();
  answer.state.push_back(Answered(kCreator, kMemberType, "@carol:hsdomain.com",
                                  R"({"membership":"invite"})", 0));
  EXPECT_THAT(UsersOf(answer), ElementsAre(User(kBob), User(kCreator),
                                           User("@carol:hsdomain.com")));
}

}  // namespace
}  // namespace causeway::homeserver
