#include "services/homeserver/push_rules/default_push_rules.h"

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

constexpr char kMentionedUsers[] = R"(content.m\.mentions.user_ids)";
constexpr char kMentionedRoom[] = R"(content.m\.mentions.room)";
constexpr char kRelation[] = R"(content.m\.relates_to.rel_type)";

// Conditions.

Json Matches(const char* key, absl::string_view pattern) {
  return {
      {"kind", "event_match"}, {"key", key}, {"pattern", std::string(pattern)}};
}

Json Is(const char* key, Json value) {
  return {
      {"kind", "event_property_is"}, {"key", key}, {"value", std::move(value)}};
}

Json Contains(const char* key, const std::string& value) {
  return {{"kind", "event_property_contains"}, {"key", key}, {"value", value}};
}

Json HasTwoMembers() { return {{"kind", "room_member_count"}, {"is", "2"}}; }

Json SenderMayNotifyRoom() {
  return {{"kind", "sender_notification_permission"}, {"key", "room"}};
}

// Actions.

Json Sound(const char* sound) {
  return {{"set_tweak", "sound"}, {"value", sound}};
}

Json Highlight() { return {{"set_tweak", "highlight"}}; }

Json Nothing() { return Json::array(); }
Json Notify() { return Json::array({"notify"}); }
Json NotifyWithSound() { return Json::array({"notify", Sound("default")}); }
Json NotifyAndHighlight() { return Json::array({"notify", Highlight()}); }
Json NotifyOfName() {
  return Json::array({"notify", Sound("default"), Highlight()});
}

Json Rule(const char* rule_id, Json conditions, Json actions) {
  return {{"rule_id", rule_id},
          {"default", true},
          {"enabled", true},
          {"conditions", std::move(conditions)},
          {"actions", std::move(actions)}};
}

Json Master() {
  Json rule = Rule(".m.rule.master", Json::array(), Nothing());
  rule["enabled"] = false;
  return rule;
}

Json Overrides(const std::string& user_id) {
  return Json::array({
      Master(),
      Rule(".m.rule.suppress_notices",
           Json::array({Matches("content.msgtype", "m.notice")}), Nothing()),
      Rule(".m.rule.invite_for_me",
           Json::array({Matches("type", "m.room.member"),
                        Matches("content.membership", "invite"),
                        Matches("state_key", user_id)}),
           NotifyWithSound()),
      Rule(".m.rule.member_event",
           Json::array({Matches("type", "m.room.member")}), Nothing()),
      Rule(".m.rule.is_user_mention",
           Json::array({Contains(kMentionedUsers, user_id)}), NotifyOfName()),
      Rule(".m.rule.contains_display_name",
           Json::array({Json{{"kind", "contains_display_name"}}}),
           NotifyOfName()),
      Rule(".m.rule.is_room_mention",
           Json::array({Is(kMentionedRoom, true), SenderMayNotifyRoom()}),
           NotifyAndHighlight()),
      Rule(".m.rule.roomnotif",
           Json::array(
               {Matches("content.body", "@room"), SenderMayNotifyRoom()}),
           NotifyAndHighlight()),
      Rule(".m.rule.tombstone",
           Json::array(
               {Matches("type", "m.room.tombstone"), Matches("state_key", "")}),
           NotifyAndHighlight()),
      Rule(".m.rule.reaction", Json::array({Matches("type", "m.reaction")}),
           Nothing()),
      Rule(".m.rule.room.server_acl",
           Json::array({Matches("type", "m.room.server_acl"),
                        Matches("state_key", "")}),
           Nothing()),
      Rule(".m.rule.suppress_edits", Json::array({Is(kRelation, "m.replace")}),
           Nothing()),
  });
}

// The only one with a pattern in place of conditions.
Json ContainsUserName(absl::string_view localpart) {
  Json rule = Rule(".m.rule.contains_user_name", Json::array(), NotifyOfName());
  rule.erase("conditions");
  rule["pattern"] = std::string(localpart);
  return rule;
}

Json Underrides() {
  const Json message = Matches("type", "m.room.message");
  const Json encrypted = Matches("type", "m.room.encrypted");
  return Json::array({
      Rule(".m.rule.call", Json::array({Matches("type", "m.call.invite")}),
           Json::array({"notify", Sound("ring")})),
      Rule(".m.rule.encrypted_room_one_to_one",
           Json::array({HasTwoMembers(), encrypted}), NotifyWithSound()),
      Rule(".m.rule.room_one_to_one", Json::array({HasTwoMembers(), message}),
           NotifyWithSound()),
      Rule(".m.rule.message", Json::array({message}), Notify()),
      Rule(".m.rule.encrypted", Json::array({encrypted}), Notify()),
  });
}

}  // namespace

Json DefaultPushRules(const matrix::UserId& user_id) {
  return {{"override", Overrides(user_id.str())},
          {"content", Json::array({ContainsUserName(user_id.localpart())})},
          {"room", Json::array()},
          {"sender", Json::array()},
          {"underride", Underrides()}};
}

}  // namespace causeway::homeserver
