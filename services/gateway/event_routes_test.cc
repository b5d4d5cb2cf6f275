#include "services/gateway/event_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSend[] = "causeway.homeserver.v1.Rooms/SendEvent";
// The bytes of a body count: spaces and the order of keys stay.
constexpr char kContent[] = "{ \"msgtype\": \"m.text\",\n\"body\": \"hi!\" }";

class EventRoutesTest : public ApiFixture {
 protected:
  EventRoutesTest() {
    pb::SendEventResponse sent;
    sent.set_event_id("$event");
    peers_.Answer(kSend, sent);
  }

  // The only event that was sent.
  pb::SendEventRequest Sent() {
    const auto sent = peers_.Requests<pb::SendEventRequest>(kSend);
    EXPECT_THAT(sent, SizeIs(1));
    return sent.empty() ? pb::SendEventRequest() : sent.back();
  }
};

TEST_F(EventRoutesTest, SendsWithATransactionId) {
  const ApiAnswer answer = Call(
      "PUT", "/_matrix/client/v3/rooms/!r:hs.test/send/m.room.message/t%2F1",
      kContent, "person");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.raw.body, R"({"event_id":"$event"})");
  const pb::SendEventRequest sent = Sent();
  EXPECT_EQ(sent.room_id(), "!r:hs.test");
  EXPECT_EQ(sent.type(), "m.room.message");
  EXPECT_EQ(sent.txn_id(), "t/1");
  EXPECT_EQ(sent.content_json(), kContent);
  EXPECT_FALSE(sent.has_state_key());
  EXPECT_EQ(sent.principal().user().user_id(), "@alice:hs.test");
}

// Goal: the walkthrough's step 5, as the draft writes it.
TEST_F(EventRoutesTest, SendsTheDraftsWay) {
  const ApiAnswer answer =
      Call("PUT",
           "/rooms/%21irc.freenode.net%2F%23matrix%3Ahsdomain.com/send/"
           "m.room.message?access_token=as_irc&"
           "user_id=%40irc.freenode.net%2FBob%3Ahsdomain.com&ts=1421418084816",
           kContent);
  EXPECT_EQ(answer.status, 200);
  const pb::SendEventRequest sent = Sent();
  EXPECT_EQ(sent.room_id(), "!irc.freenode.net/#matrix:hsdomain.com");
  EXPECT_EQ(sent.principal().appservice().user_id(),
            "@irc.freenode.net/Bob:hsdomain.com");
  EXPECT_EQ(sent.origin_server_ts(), 1421418084816);
  EXPECT_EQ(sent.txn_id(), "");
}

TEST_F(EventRoutesTest, SendsWithoutTransactionIdOnEveryPrefix) {
  for (const char* prefix :
       {"", "/_matrix/client/api/v1", "/_matrix/client/v2_alpha",
        "/_matrix/client/r0", "/_matrix/client/v3"}) {
    for (const char* method : {"PUT", "POST"}) {
      SCOPED_TRACE(absl::StrCat(method, " ", prefix));
      EXPECT_EQ(
          Call(method,
               absl::StrCat(prefix, "/rooms/!r:hs.test/send/m.room.message"),
               kContent, "as_irc")
              .status,
          200);
    }
  }
}

TEST_F(EventRoutesTest, TimestampsOfPeopleAreIgnored) {
  for (const char* ts : {"1421418084816", "nonsense"}) {
    SCOPED_TRACE(ts);
    const ApiAnswer answer = Call(
        "PUT",
        absl::StrCat(
            "/_matrix/client/v3/rooms/!r:hs.test/send/m.room.message/1?ts=",
            ts),
        kContent, "person");
    EXPECT_EQ(answer.status, 200);
  }
  for (const auto& sent : peers_.Requests<pb::SendEventRequest>(kSend)) {
    EXPECT_EQ(sent.origin_server_ts(), 0);
  }
}

TEST_F(EventRoutesTest, LinkedAppserviceMayMassageTimestamps) {
  Call("PUT",
       "/_matrix/client/v3/rooms/!r:hs.test/send/m.room.message/"
       "1?access_token=as_irc&user_token=person&ts=5",
       kContent);
  const pb::SendEventRequest sent = Sent();
  EXPECT_EQ(sent.principal().user().user_id(), "@alice:hs.test");
  EXPECT_EQ(sent.origin_server_ts(), 5);
}

TEST_F(EventRoutesTest, BadTimestampIsNamed) {
  const ApiAnswer answer = Call(
      "PUT", "/_matrix/client/v3/rooms/!r:hs.test/send/m.room.message/1?ts=now",
      kContent, "as_irc");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body["errcode"], "M_INVALID_PARAM");
  EXPECT_THAT(answer.raw.body, HasSubstr("ts"));
}

TEST_F(EventRoutesTest, ContentMustBeAnObject) {
  for (const auto& [content, errcode] :
       {std::pair("", "M_NOT_JSON"), std::pair("{", "M_NOT_JSON"),
        std::pair("{\"a\": \"\xff\"}", "M_NOT_JSON"),
        std::pair("[]", "M_BAD_JSON"), std::pair("1", "M_BAD_JSON"),
        std::pair(R"({"a": 1, "a": 2})", "M_BAD_JSON")}) {
    SCOPED_TRACE(content);
    const ApiAnswer answer =
        Call("PUT", "/_matrix/client/v3/rooms/!r:hs.test/send/m.room.message/1",
             content, "person");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body["errcode"], errcode);
  }
  EXPECT_THAT(peers_.Requests<pb::SendEventRequest>(kSend), IsEmpty());
}

TEST_F(EventRoutesTest, StateKeyMayBeEmptyInThreeWays) {
  for (const char* path : {"m.room.topic", "m.room.topic/",
                           "m.room.member/@irc.freenode.net%2FBob:hs.test"}) {
    SCOPED_TRACE(path);
    EXPECT_EQ(
        Call("PUT",
             absl::StrCat("/_matrix/client/v3/rooms/!r:hs.test/state/", path),
             kContent, "person")
            .status,
        200);
  }
  const auto sent = peers_.Requests<pb::SendEventRequest>(kSend);
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_TRUE(sent[0].has_state_key());
  EXPECT_EQ(sent[0].state_key(), "");
  EXPECT_TRUE(sent[1].has_state_key());
  EXPECT_EQ(sent[1].state_key(), "");
  EXPECT_EQ(sent[2].state_key(), "@irc.freenode.net/Bob:hs.test");
}

TEST_F(EventRoutesTest, EventsComeBackAsTheyAreStored) {
  pb::GetStateResponse state;
  state.add_event_jsons("{\"a\": 1.0}");
  state.add_event_jsons("{}");
  peers_.Answer(absl::StrCat(kRooms, "GetState"), state);
  EXPECT_EQ(
      Call("GET", "/_matrix/client/v3/rooms/!r:hs.test/state", "", "person")
          .raw.body,
      "[{\"a\": 1.0},{}]");
  pb::GetStateEventResponse state_event;
  state_event.set_content_json("{ \"name\": 1 }");
  peers_.Answer(absl::StrCat(kRooms, "GetStateEvent"), state_event);
  EXPECT_EQ(Call("GET", "/_matrix/client/v3/rooms/!r:hs.test/state/m.room.name",
                 "", "person")
                .raw.body,
            "{ \"name\": 1 }");
  pb::GetEventResponse event;
  event.set_event_json("{ \"e\": 1 }");
  peers_.Answer(absl::StrCat(kRooms, "GetEvent"), event);
  EXPECT_EQ(Call("GET", "/_matrix/client/v3/rooms/!r:hs.test/event/%24e", "",
                 "person")
                .raw.body,
            "{ \"e\": 1 }");
}

TEST_F(EventRoutesTest, PagesThroughMessages) {
  pb::GetMessagesResponse page;
  page.add_event_jsons("{}");
  page.set_start("s1");
  peers_.Answer(absl::StrCat(kRooms, "GetMessages"), page);
  const ApiAnswer answer = Call(
      "GET",
      "/_matrix/client/v3/rooms/!r:hs.test/messages?dir=b&limit=20&from=s9", "",
      "person");
  EXPECT_EQ(answer.raw.body, R"({"chunk":[{}],"start":"s1"})");
  const auto asked = peers_.Requests<pb::GetMessagesRequest>(
      absl::StrCat(kRooms, "GetMessages"));
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_TRUE(asked[0].backwards());
  EXPECT_EQ(asked[0].limit(), 20);
  EXPECT_EQ(asked[0].from(), "s9");
}

TEST_F(EventRoutesTest, MessagesTakeAFilterAndTellItsMembers) {
  pb::GetMessagesResponse page;
  page.set_start("s9");
  page.set_end("s1");
  page.add_state_event_jsons(R"({"m":1})");
  peers_.Answer(absl::StrCat(kRooms, "GetMessages"), page);
  EXPECT_EQ(Call("GET",
                 "/_matrix/client/v3/rooms/!r:hs.test/messages?dir=f&"
                 "filter=%7B%22types%22%3A%5B%5D%7D",
                 "", "person")
                .raw.body,
            R"({"chunk":[],"state":[{"m":1}],"start":"s9","end":"s1"})");
  EXPECT_EQ(peers_
                .Requests<pb::GetMessagesRequest>(
                    absl::StrCat(kRooms, "GetMessages"))[0]
                .filter_json(),
            R"({"types":[]})");
}

TEST_F(EventRoutesTest, ContextComesInItsParts) {
  pb::GetEventContextResponse context;
  context.set_event_json(R"({"e": 1})");
  context.add_before_jsons(R"({"b":1})");
  context.add_after_jsons(R"({"a":1})");
  context.add_state_event_jsons(R"({"s":1})");
  context.set_start("s1");
  context.set_end("s3");
  peers_.Answer(absl::StrCat(kRooms, "GetEventContext"), context);
  EXPECT_EQ(
      Call("GET",
           "/_matrix/client/v3/rooms/!r:hs.test/context/%24e?limit=3&filter={}",
           "", "person")
          .raw.body,
      R"({"event":{"e": 1},"events_before":[{"b":1}],)"
      R"("events_after":[{"a":1}],"state":[{"s":1}],"start":"s1","end":"s3"})");
  const auto asked = peers_.Requests<pb::GetEventContextRequest>(
      absl::StrCat(kRooms, "GetEventContext"));
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].event_id(), "$e");
  EXPECT_EQ(asked[0].limit(), 3);
  EXPECT_EQ(asked[0].filter_json(), "{}");
}

TEST_F(EventRoutesTest, RoomIsShownAsTheDraftsClientsAsk) {
  pb::GetInitialSyncResponse sync;
  sync.set_membership("join");
  sync.add_state_event_jsons(R"({"s":1})");
  sync.add_event_jsons(R"({"e":1})");
  sync.set_start("s1");
  sync.set_end("s2");
  peers_.Answer(absl::StrCat(kRooms, "GetInitialSync"), sync);
  const auto call = [this] {
    return Call("GET",
                "/_matrix/client/api/v1/rooms/!r:hs.test/initialSync?limit=5",
                "", "person")
        .raw.body;
  };
  constexpr char kRoom[] =
      R"({"room_id":"!r:hs.test","membership":"join",)"
      R"("visibility":"private","messages":{"chunk":[{"e":1}],)"
      R"("start":"s1","end":"s2"},"state":[{"s":1}],"account_data":)";
  EXPECT_EQ(call(), absl::StrCat(kRoom, "[]}"));

  pb::SyncResponse account_data;
  account_data.add_joined()->add_account_data_jsons(R"({"type":"m.tag"})");
  peers_.Answer(absl::StrCat(kRooms, "Sync"), account_data);
  EXPECT_EQ(call(), absl::StrCat(kRoom, R"([{"type":"m.tag"}]})"));
  const auto asked =
      peers_.Requests<pb::SyncRequest>(absl::StrCat(kRooms, "Sync"));
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].filter(),
            R"({"account_data":{"types":[]},"presence":{"types":[]},)"
            R"("room":{"rooms":["!r:hs.test"],"timeline":{"types":[]},)"
            R"("state":{"types":[]},"ephemeral":{"types":[]}}})");
  EXPECT_EQ(asked[0].set_presence(), "offline");
  EXPECT_EQ(asked[0].principal().user().user_id(), "@alice:hs.test");
}

TEST_F(EventRoutesTest, RedactsWithOrWithoutABody) {
  constexpr char kRedact[] = "causeway.homeserver.v1.Rooms/RedactEvent";
  pb::SendEventResponse sent;
  sent.set_event_id("$redaction");
  peers_.Answer(kRedact, sent);
  constexpr char kPath[] = "/_matrix/client/v3/rooms/!r:hs.test/redact/%24e/m1";
  EXPECT_EQ(Call("PUT", kPath, R"({"reason":"spam"})", "person").raw.body,
            R"({"event_id":"$redaction"})");
  EXPECT_EQ(Call("PUT", absl::StrCat(kPath, "?ts=5"), "", "as_irc").status,
            200);
  EXPECT_EQ(Call("PUT", kPath, R"({"reason":1})", "person").body["errcode"],
            "M_BAD_JSON");
  const auto asked = peers_.Requests<pb::RedactEventRequest>(kRedact);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].event_id(), "$e");
  EXPECT_EQ(asked[0].txn_id(), "m1");
  EXPECT_EQ(asked[0].reason(), "spam");
  EXPECT_EQ(asked[0].origin_server_ts(), 0);
  EXPECT_EQ(asked[1].reason(), "");
  EXPECT_EQ(asked[1].origin_server_ts(), 5);
}

TEST_F(EventRoutesTest, MessagesNeedADirection) {
  const ApiAnswer answer =
      Call("GET", "/_matrix/client/v3/rooms/!r:hs.test/messages", "", "person");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.raw.body, HasSubstr("dir"));
}

}  // namespace
}  // namespace causeway::gateway
