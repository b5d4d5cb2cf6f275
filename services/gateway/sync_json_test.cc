#include "services/gateway/sync_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;

TEST(SyncAnswerTest, EventsStayTheBytesTheyAre) {
  pb::SyncResponse response;
  response.set_next_batch("s17");
  pb::SyncResponse::Joined& joined = *response.add_joined();
  joined.set_room_id("!irc.freenode.net/#matrix:hs.test");
  joined.add_state_event_jsons(R"({"type":"m.room.create", "n":1.0})");
  joined.add_timeline_event_jsons(R"({"a":1})");
  joined.add_timeline_event_jsons(R"({"a":2})");
  joined.set_limited(true);
  joined.set_prev_batch("s3");
  joined.set_joined_member_count(2);
  joined.add_heroes("@\"a:hs.test");
  joined.add_heroes("@b:hs.test");
  pb::SyncResponse::Invited& invited = *response.add_invited();
  invited.set_room_id("!i:hs.test");
  invited.add_stripped_state_jsons(R"({"b":1})");
  pb::SyncResponse::Left& left = *response.add_left();
  left.set_room_id("!l:hs.test");
  left.add_timeline_event_jsons(R"({"c":1})");
  EXPECT_EQ(SyncAnswer(response),
            R"({"next_batch":"s17","rooms":{)"
            R"("join":{"!irc.freenode.net/#matrix:hs.test":{)"
            R"("summary":{"m.heroes":["@\"a:hs.test","@b:hs.test"],)"
            R"("m.joined_member_count":2,"m.invited_member_count":0},)"
            R"("state":{"events":[{"type":"m.room.create", "n":1.0}]},)"
            R"("timeline":{"events":[{"a":1},{"a":2}],"limited":true,)"
            R"("prev_batch":"s3"},"unread_notifications":{)"
            R"("highlight_count":0,"notification_count":0}}},)"
            R"("invite":{"!i:hs.test":{"invite_state":{"events":[{"b":1}]}}},)"
            R"("leave":{"!l:hs.test":{"state":{"events":[]},)"
            R"("timeline":{"events":[{"c":1}],"limited":false}}}}})");
}

TEST(SyncAnswerTest, TellsWhatIsBesideEvents) {
  pb::SyncResponse response;
  pb::SyncResponse::Joined& joined = *response.add_joined();
  joined.set_room_id("!a:hs.test");
  joined.add_account_data_jsons(R"({"a":1})");
  joined.add_ephemeral_jsons(R"({"b":1})");
  response.add_account_data_jsons(R"({"c":1})");
  response.add_presence_jsons(R"({"d":1})");
  response.add_to_device_jsons(R"({"e":1})");
  const nlohmann::json parsed = nlohmann::json::parse(SyncAnswer(response));
  const nlohmann::json& room = parsed["rooms"]["join"]["!a:hs.test"];
  EXPECT_EQ(room["account_data"].dump(), R"({"events":[{"a":1}]})");
  EXPECT_EQ(room["ephemeral"].dump(), R"({"events":[{"b":1}]})");
  EXPECT_EQ(parsed["account_data"].dump(), R"({"events":[{"c":1}]})");
  EXPECT_EQ(parsed["presence"].dump(), R"({"events":[{"d":1}]})");
  EXPECT_EQ(parsed["to_device"].dump(), R"({"events":[{"e":1}]})");
}

TEST(SyncAnswerTest, CountsThatAreAsBeforeAreLeftOut) {
  pb::SyncResponse response;
  response.add_joined()->set_room_id("!a:hs.test");
  const nlohmann::json parsed = nlohmann::json::parse(SyncAnswer(response));
  EXPECT_FALSE(parsed["rooms"]["join"]["!a:hs.test"].contains("summary"));
}

TEST(SyncAnswerTest, NothingNewIsStillAnAnswer) {
  EXPECT_EQ(EmptySyncAnswer("s\"1"),
            R"({"next_batch":"s\"1","rooms":{"join":{},"invite":{},)"
            R"("leave":{}}})");
}

TEST(SyncAnswerTest, OddRoomIdsAreEscaped) {
  pb::SyncResponse response;
  response.add_joined()->set_room_id("!\"\\\n:hs.test");
  const nlohmann::json parsed = nlohmann::json::parse(SyncAnswer(response));
  EXPECT_TRUE(parsed["rooms"]["join"].contains("!\"\\\n:hs.test"));
}

TEST(SyncAnswerTest, KeysAreToldWhenTheyAreThere) {
  pb::SyncResponse response;
  nlohmann::json parsed = nlohmann::json::parse(SyncAnswer(response));
  EXPECT_FALSE(parsed.contains("device_lists"));
  EXPECT_FALSE(parsed.contains("device_one_time_keys_count"));
  response.add_changed_device_lists("@a:hs.test");
  response.mutable_keys_left()->add_unused_fallback_algorithms("x");
  parsed = nlohmann::json::parse(SyncAnswer(response));
  EXPECT_EQ(parsed["device_lists"].dump(),
            R"({"changed":["@a:hs.test"],"left":[]})");
  pb::SyncResponse parted;
  parted.add_left_device_lists("@b:hs.test");
  EXPECT_EQ(nlohmann::json::parse(SyncAnswer(parted))["device_lists"].dump(),
            R"({"changed":[],"left":["@b:hs.test"]})");
  EXPECT_EQ(parsed["device_one_time_keys_count"].dump(),
            R"({"signed_curve25519":0})");
  EXPECT_EQ(parsed["device_unused_fallback_key_types"].dump(), R"(["x"])");
  (*response.mutable_keys_left()
        ->mutable_one_time_key_counts())["signed_curve25519"] = 3;
  parsed = nlohmann::json::parse(SyncAnswer(response));
  EXPECT_EQ(parsed["device_one_time_keys_count"].dump(),
            R"({"signed_curve25519":3})");
}

}  // namespace
}  // namespace causeway::gateway
