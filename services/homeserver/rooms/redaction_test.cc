#include "services/homeserver/rooms/redaction.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/matrix/json.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

std::string Stored(const EventDraft& draft, const Event* replaced = nullptr) {
  return BuildEvent(draft, Room("!r:hs"), "$e", replaced).value().json;
}

std::string Redaction() {
  EventDraft draft = Draft("@mod:hs", kRedactionType, R"({"reason":"spam"})");
  draft.redacts = "$e";
  return BuildEvent(draft, Room("!r:hs"), "$redaction", nullptr).value().json;
}

TEST(RedactionTest, RedactionNamesItsEvent) {
  EXPECT_EQ(Redaction(),
            R"({"event_id":"$redaction","room_id":"!r:hs",)"
            R"("type":"m.room.redaction","sender":"@mod:hs","redacts":"$e",)"
            R"("origin_server_ts":1421416883133,"content":{"reason":"spam"},)"
            R"("user_id":"@mod:hs"})");
}

TEST(RedactionTest, MessageKeepsNothingButItsEnvelope) {
  EXPECT_EQ(RedactedEvent(Stored(MessageDraft("@a:hs", "secret")), Redaction())
                .value(),
            R"({"event_id":"$e","room_id":"!r:hs","type":"m.room.message",)"
            R"("sender":"@a:hs","origin_server_ts":1421416883133,"content":{},)"
            R"("user_id":"@a:hs","unsigned":{"redacted_because":)" +
                Redaction() + "}}");
}

TEST(RedactionTest, UnsignedForgetsWhatWasReplaced) {
  const Event before = ParseStoredEvent(Stored(Draft("@a:hs", kTopicType, "",
                                                     R"({"topic":"secret"})")))
                           .value();
  const std::string redacted =
      RedactedEvent(
          Stored(Draft("@a:hs", kTopicType, "", R"({"topic":"y"})"), &before),
          Redaction())
          .value();
  EXPECT_EQ(redacted.find("secret"), std::string::npos);
  EXPECT_EQ(Json::parse(redacted)["state_key"], "");
}

// What of `content` stays in an event of `type`.
std::string Kept(const char* type, const char* content) {
  const std::string redacted =
      RedactedEvent(Stored(Draft("@a:hs", type, "", content)), Redaction())
          .value();
  return Json::parse(redacted)["content"].dump();
}

TEST(RedactionTest, KeepsWhatTheRoomsRulesNeed) {
  EXPECT_EQ(Kept(kMemberType, R"({"membership":"join","displayname":"A",
                   "join_authorised_via_users_server":"@b:hs","reason":"x"})"),
            R"({"join_authorised_via_users_server":"@b:hs",)"
            R"("membership":"join"})");
  EXPECT_EQ(Kept(kCreateType, R"({"creator":"@a:hs","m.federate":false})"),
            R"({"creator":"@a:hs"})");
  EXPECT_EQ(Kept(kJoinRulesType, R"({"join_rule":"x","allow":[],"y":1})"),
            R"({"allow":[],"join_rule":"x"})");
  EXPECT_EQ(
      Kept(kHistoryVisibilityType, R"({"history_visibility":"joined","y":1})"),
      R"({"history_visibility":"joined"})");
  EXPECT_EQ(Kept(kPowerLevelsType, R"({"ban":1,"events":{"x":1},
                   "events_default":1,"invite":1,"kick":1,"redact":1,
                   "notifications":{"room":1},"state_default":1,
                   "users":{"@a:hs":1},"users_default":1})"),
            R"({"ban":1,"events":{"x":1},"events_default":1,"kick":1,)"
            R"("redact":1,"state_default":1,"users":{"@a:hs":1},)"
            R"("users_default":1})");
  EXPECT_EQ(Kept("m.room.aliases", R"({"aliases":["#a:hs"]})"), "{}");
  EXPECT_EQ(Kept(kTopicType, R"({"topic":"x"})"), "{}");
}

TEST(RedactionTest, RedactedTwiceTellsTheLaterOne) {
  const std::string once =
      RedactedEvent(Stored(MessageDraft("@a:hs", "x")), Redaction()).value();
  const std::string later = Stored(MessageDraft("@b:hs", "because"));
  EXPECT_EQ(Json::parse(RedactedEvent(once, later).value())["unsigned"],
            Json({{"redacted_because", Json::parse(later)}}));
}

TEST(RedactionTest, SuccessorRepeatsNothingThatWasTakenAway) {
  const std::string first = Stored(Draft("@a:hs", kMemberType, "@a:hs",
                                         R"({"membership":"join",
                                             "displayname":"secret"})"));
  const Event replaced = ParseStoredEvent(first).value();
  const std::string next =
      Stored(Draft("@a:hs", kMemberType, "@a:hs",
                   R"({"membership":"join","displayname":"A"})"),
             &replaced);
  const std::string served =
      WithRedactedPredecessor(next, RedactedEvent(first, Redaction()).value())
          .value();
  EXPECT_EQ(served.find("secret"), std::string::npos);
  const Json json = Json::parse(served);
  EXPECT_EQ(json["unsigned"]["prev_content"], Json({{"membership", "join"}}));
  EXPECT_EQ(json["unsigned"]["prev_sender"], "@a:hs");
  EXPECT_EQ(json["content"]["displayname"], "A");
  // Clients get it in their form all the same.
  EXPECT_EQ(Json::parse(
                ToClientForm(served, {.now = absl::FromUnixMillis(
                                          1421416883133)}))["unsigned"]["age"],
            0);
}

TEST(RedactionTest, SuccessorThatIsRedactedItselfStaysAsItIs) {
  const Event replaced =
      ParseStoredEvent(Stored(Draft("@a:hs", kTopicType, "", "{}"))).value();
  const std::string next =
      RedactedEvent(Stored(Draft("@a:hs", kTopicType, "", "{}"), &replaced),
                    Redaction())
          .value();
  EXPECT_EQ(WithRedactedPredecessor(next, replaced.json).value(), next);
}

TEST(RedactionTest, WhatIsNoEventIsAnInternalError) {
  EXPECT_TRUE(absl::IsInternal(RedactedEvent("{}", "{}").status()));
  EXPECT_TRUE(absl::IsInternal(WithRedactedPredecessor("[]", "{}").status()));
}

}  // namespace
}  // namespace causeway::homeserver
