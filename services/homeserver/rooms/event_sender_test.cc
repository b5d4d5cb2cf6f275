#include "services/homeserver/rooms/event_sender.h"

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;

class EventSenderTest : public ::testing::Test {
 protected:
  EventSenderTest() { AppendRoom(store_, "!r:hs", "@alice:hs"); }

  static SendRequest Message(const std::string& txn_id = "") {
    return {.room_id = Room("!r:hs"),
            .type = "m.room.message",
            .state_key = std::nullopt,
            .content_json = R"({"body":"hi"})",
            .txn_id = txn_id,
            .origin_server_ts = 0};
  }
  static SendRequest Topic(const std::string& topic) {
    SendRequest request = Message();
    request.type = kTopicType;
    request.state_key = "";
    request.content_json = R"({"topic":")" + topic + R"("})";
    return request;
  }

  int64_t Now() { return store_.LastPosition().value(); }
  std::string Stored(const std::string& event_id) {
    return store_.FindEvent("!r:hs", event_id).value()->json;
  }

  FakeClock clock_;
  FakeRoomStore store_;
  EventSender sender_{store_, clock_};
  ActingUser alice_{.user_id = User("@alice:hs"),
                    .device_id = "D",
                    .may_massage_timestamps = false,
                    .appservice_uid = "",
                    .is_own_user = false,
                    .txn_scope = "token:alice"};
};

TEST_F(EventSenderTest, RepeatAnswersTheFirstEvent) {
  const std::string first = sender_.Send(alice_, Message("m1")).value();
  const int64_t after = Now();
  EXPECT_EQ(sender_.Send(alice_, Message("m1")).value(), first);
  EXPECT_EQ(Now(), after);
  EXPECT_NE(sender_.Send(alice_, Message("m2")).value(), first);
  ActingUser other_device = alice_;
  other_device.txn_scope = "token:other";
  EXPECT_NE(sender_.Send(other_device, Message("m1")).value(), first);
}

TEST_F(EventSenderTest, WithoutTransactionIdARepeatSendsAgain) {
  EXPECT_NE(sender_.Send(alice_, Message()).value(),
            sender_.Send(alice_, Message()).value());
}

TEST_F(EventSenderTest, OnlyApplicationServicesMassageTimestamps) {
  SendRequest request = Message();
  request.origin_server_ts = 1421418084816;
  clock_.SetTime(absl::FromUnixMillis(1700000000000));
  EXPECT_THAT(Stored(sender_.Send(alice_, request).value()),
              HasSubstr(R"("origin_server_ts":1700000000000)"));
  alice_.may_massage_timestamps = true;
  EXPECT_THAT(Stored(sender_.Send(alice_, request).value()),
              HasSubstr(R"("origin_server_ts":1421418084816)"));
  request.origin_server_ts = 0;
  EXPECT_THAT(Stored(sender_.Send(alice_, request).value()),
              HasSubstr(R"("origin_server_ts":1700000000000)"));
}

TEST_F(EventSenderTest, StateThatStandsAlreadyIsNotRepeated) {
  const std::string first = sender_.Send(alice_, Topic("x")).value();
  const int64_t after = Now();
  EXPECT_EQ(sender_.Send(alice_, Topic("x")).value(), first);
  EXPECT_EQ(Now(), after);
  EXPECT_THAT(Stored(sender_.Send(alice_, Topic("y")).value()),
              HasSubstr(R"("replaces_state":")" + first));
}

TEST_F(EventSenderTest, RoomDecides) {
  ActingUser stranger = alice_;
  stranger.user_id = User("@stranger:hs");
  EXPECT_EQ(GetErrcode(sender_.Send(stranger, Message()).status()),
            "M_FORBIDDEN");
  SendRequest elsewhere = Message();
  elsewhere.room_id = Room("!none:hs");
  EXPECT_EQ(GetErrcode(sender_.Send(alice_, elsewhere).status()),
            "M_FORBIDDEN");
}

TEST_F(EventSenderTest, NobodySendsACreationOfTheirOwn) {
  for (const char* room_id : {"!r:hs", "!none:hs"}) {
    SendRequest create = Topic("x");
    create.room_id = Room(room_id);
    create.type = kCreateType;
    create.content_json = R"({"creator":"@alice:hs"})";
    EXPECT_EQ(GetErrcode(sender_.Send(alice_, create).status()), "M_FORBIDDEN");
    create.state_key = std::nullopt;
    EXPECT_EQ(GetErrcode(sender_.Send(alice_, create).status()), "M_FORBIDDEN");
  }
}

TEST_F(EventSenderTest, CanonicalAliasIsOneOfTheRoom) {
  ASSERT_TRUE(store_
                  .Write([](RoomTransaction& transaction) {
                    transaction.AppendAlias(
                        {Alias("#a:hs"), Room("!r:hs"), User("@alice:hs")});
                    transaction.AppendAlias(
                        {Alias("#o:hs"), Room("!other:hs"), User("@alice:hs")});
                    return absl::OkStatus();
                  })
                  .ok());
  SendRequest request = Topic("");
  request.type = kCanonicalAliasType;
  auto errcode = [&](const std::string& content) {
    request.content_json = content;
    return GetErrcode(sender_.Send(alice_, request).status());
  };
  EXPECT_EQ(errcode(R"({"alias":"#none:hs"})"), "M_BAD_ALIAS");
  EXPECT_EQ(errcode(R"({"alias":"#o:hs"})"), "M_BAD_ALIAS");
  EXPECT_EQ(errcode(R"({"alt_aliases":["#a:hs","#o:hs"]})"), "M_BAD_ALIAS");
  EXPECT_EQ(errcode(R"({"alias":"nonsense"})"), "M_INVALID_PARAM");
  EXPECT_EQ(errcode(R"({"alias":1})"), "M_BAD_JSON");
  EXPECT_EQ(errcode(R"({"alt_aliases":[1]})"), "M_BAD_JSON");
  EXPECT_EQ(errcode(R"({"alias":"#a:hs"})"), "");
  EXPECT_EQ(errcode(R"({"alias":""})"), "");
  // What stands there already may stay, also when it leads nowhere any more.
  Append(store_, "!r:hs",
         Draft("@alice:hs", kCanonicalAliasType, "", R"({"alias":"#old:hs"})"));
  EXPECT_EQ(errcode(R"({"alias":"#a:hs","alt_aliases":["#old:hs"]})"), "");
  request.state_key = "elsewhere";
  EXPECT_EQ(errcode(R"({"alias":"#none:hs"})"), "");
}

TEST_F(EventSenderTest, RefusesWhatIsNotInForm) {
  SendRequest bad_content = Message();
  bad_content.content_json = "hi";
  EXPECT_EQ(GetErrcode(sender_.Send(alice_, bad_content).status()),
            "M_NOT_JSON");
  EXPECT_EQ(
      GetErrcode(sender_.Send(alice_, Message(std::string(256, 'x'))).status()),
      "M_INVALID_PARAM");
  EXPECT_EQ(
      GetErrcode(sender_.Send(alice_, Message(std::string("m\0", 2))).status()),
      "M_INVALID_PARAM");
  SendRequest large = Message();
  large.content_json = R"({"body":")" + std::string(65536, 'x') + R"("})";
  EXPECT_EQ(GetErrcode(sender_.Send(alice_, large).status()), "M_TOO_LARGE");
}

}  // namespace
}  // namespace causeway::homeserver
