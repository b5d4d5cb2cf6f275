#include "services/gateway/initial_sync_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;

TEST(InitialSyncTest, StateIsThatAfterTheTimeline) {
  pb::SyncResponse response;
  response.set_next_batch("s9_1_1_1_1");
  response.add_presence_jsons(R"({"p":1})");
  response.add_account_data_jsons(R"({"a":1})");
  pb::SyncResponse::Joined& joined = *response.add_joined();
  joined.set_room_id("!r:hs");
  joined.set_prev_batch("s3");
  joined.add_state_event_jsons(R"({"type":"t","state_key":"","v":1})");
  joined.add_state_event_jsons(R"({"type":"t","state_key":"k","v":2})");
  joined.add_timeline_event_jsons(R"({"type":"t","state_key":"","v":3})");
  joined.add_timeline_event_jsons(R"({"type":"t","v":4})");
  joined.add_account_data_jsons(R"({"b":1})");
  joined.add_ephemeral_jsons(R"({"type":"m.typing","content":{}})");
  joined.add_ephemeral_jsons(R"({"type":"m.receipt","content":{}})");
  pb::SyncResponse::Invited& invited = *response.add_invited();
  invited.set_room_id("!i:hs");
  invited.add_stripped_state_jsons(R"({"i":1})");
  response.add_left()->set_room_id("!l:hs");

  const nlohmann::json answer =
      nlohmann::json::parse(InitialSyncAnswer(response));
  EXPECT_EQ(answer["end"], "s9_1_1_1_1");
  EXPECT_EQ(answer["presence"].dump(), R"([{"p":1}])");
  EXPECT_EQ(answer["account_data"].dump(), R"([{"a":1}])");
  EXPECT_EQ(answer["receipts"].dump(),
            R"([{"content":{},"room_id":"!r:hs","type":"m.receipt"}])");
  const nlohmann::json& room = answer["rooms"][0];
  EXPECT_EQ(room["membership"], "join");
  EXPECT_EQ(room["messages"]["start"], "s3");
  EXPECT_EQ(room["messages"]["end"], "s9_1_1_1_1");
  EXPECT_EQ(room["messages"]["chunk"].size(), 2u);
  ASSERT_EQ(room["state"].size(), 2u);
  EXPECT_EQ(room["state"][0]["v"], 3);
  EXPECT_EQ(room["state"][1]["v"], 2);
  EXPECT_EQ(room["account_data"].dump(), R"([{"b":1}])");
  EXPECT_EQ(answer["rooms"][1]["membership"], "invite");
  EXPECT_EQ(answer["rooms"][1]["state"].dump(), R"([{"i":1}])");
  EXPECT_EQ(answer["rooms"][2]["membership"], "leave");
}

TEST(InitialSyncTest, FilterAsksForWhatIsNeeded) {
  EXPECT_EQ(InitialSyncFilter(8, true),
            R"({"room":{"timeline":{"limit":8},"include_leave":true}})");
}

TEST(EventsAnswerTest, EventsStayTheBytesTheyAre) {
  pb::ListenEventsResponse response;
  response.set_start("s1");
  response.set_end("s2");
  response.add_event_jsons(R"({"n":1.0})");
  EXPECT_EQ(EventsAnswer(response),
            R"({"start":"s1","end":"s2","chunk":[{"n":1.0}]})");
}

}  // namespace
}  // namespace causeway::gateway
