#include "services/homeserver/rooms/event.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/matrix/event_view.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

Event Build(const EventDraft& draft, const Event* replaced = nullptr) {
  return BuildEvent(draft, Room("!r:hs"), "$e", replaced).value();
}

TEST(EventTest, IsSerialisedWithBothNamesOfItsSender) {
  EXPECT_EQ(
      Build(Draft("@Bob:hs", "m.room.message",
                  R"( {"msgtype": "m.text", "body": "hello?"} )"))
          .json,
      R"({"event_id":"$e","room_id":"!r:hs","type":"m.room.message",)"
      R"("sender":"@Bob:hs","origin_server_ts":1421416883133,)"
      R"("content":{"body":"hello?","msgtype":"m.text"},"user_id":"@Bob:hs"})");
}

TEST(EventTest, StateTellsWhatItReplaces) {
  Event first =
      BuildEvent(Draft("@a:hs", "m.room.topic", "", R"({"topic":"x"})"),
                 Room("!r:hs"), "$first", nullptr)
          .value();
  EXPECT_EQ(
      Build(Draft("@b:hs", "m.room.topic", "", R"({"topic":"y"})"), &first)
          .json,
      R"({"event_id":"$e","room_id":"!r:hs","type":"m.room.topic",)"
      R"("state_key":"","sender":"@b:hs","origin_server_ts":1421416883133,)"
      R"("content":{"topic":"y"},"user_id":"@b:hs",)"
      R"("unsigned":{"replaces_state":"$first","prev_content":{"topic":"x"},)"
      R"("prev_sender":"@a:hs"}})");
}

std::string Nested(int depth) {
  return absl::StrCat(R"({"k":)", std::string(depth - 1, '['),
                      std::string(depth - 1, ']'), "}");
}

TEST(EventTest, StoredEventIsTakenApartAgain) {
  Event event = Build(Draft("@a/b:hs", "m.x", "k\"", R"({"a":[{}]})"));
  Event parsed = ParseStoredEvent(event.json).value();
  EXPECT_EQ(parsed.event_id, event.event_id);
  EXPECT_EQ(parsed.room_id, event.room_id);
  EXPECT_EQ(parsed.type, event.type);
  EXPECT_EQ(parsed.sender, event.sender);
  EXPECT_EQ(parsed.state_key, "k\"");
  EXPECT_EQ(parsed.content_json, event.content_json);
  EXPECT_EQ(parsed.json, event.json);
}

// Goal: nothing gets into the stream that its readers refuse for ever after.
// Method: content as deep as it may be, also as what another event replaces.
TEST(EventTest, DeepestContentCanBeReadByEverybody) {
  constexpr int kDepthMax = matrix::kJsonDepthMax - 2;
  matrix::EventParser parser;
  Event event = Build(Draft("@a:hs", "m.x", "", Nested(kDepthMax)));
  EXPECT_EQ(parser.Parse(event.json).status(), absl::OkStatus());
  Event next = Build(Draft("@a:hs", "m.x", "", "{}"), &event);
  EXPECT_EQ(parser.Parse(next.json).status(), absl::OkStatus());
  EXPECT_EQ(GetErrcode(MakeEventDraft("m.x", "", User("@a:hs"),
                                      Nested(kDepthMax + 1), 1)
                           .status()),
            "M_BAD_JSON");
}

TEST(EventTest, WhatIsNoEventIsAnInternalError) {
  for (const char* json : {"", "[]", "{}", R"({"event_id":"$e"})"}) {
    EXPECT_TRUE(absl::IsInternal(ParseStoredEvent(json).status())) << json;
  }
}

TEST(EventTest, IdsAreRandomAndUrlSafe) {
  EXPECT_THAT(NewEventId(), MatchesRegex(R"(\$[A-Za-z0-9_-]{43})"));
  EXPECT_NE(NewEventId(), NewEventId());
}

TEST(EventTest, RefusesWhatIsOutOfBounds) {
  const matrix::UserId sender = User("@a:hs");
  auto make = [&](const std::string& type, std::optional<std::string> state_key,
                  const std::string& content) {
    return MakeEventDraft(type, std::move(state_key), sender, content, 1)
        .status();
  };
  EXPECT_EQ(GetErrcode(make("", {}, "{}")), "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(make(std::string(256, 't'), {}, "{}")),
            "M_INVALID_PARAM");
  EXPECT_EQ(make(std::string(255, 't'), std::string(255, 'k'), "{}"),
            absl::OkStatus());
  EXPECT_EQ(GetErrcode(make("t", std::string(256, 'k'), "{}")),
            "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(make("t", std::string("k\0", 2), "{}")),
            "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(make("t\xff", {}, "{}")), "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(make("t", {}, "{")), "M_NOT_JSON");
  EXPECT_EQ(GetErrcode(make("t", {}, "[]")), "M_BAD_JSON");
  EXPECT_EQ(GetErrcode(make("t", {}, R"({"a":1.5})")), "M_BAD_JSON");
  EXPECT_EQ(GetErrcode(make("t", {}, R"({"a":1,"a":1})")), "M_BAD_JSON");
}

// Goal: the limit counts what the sender made. Method: an event of exactly the
// limit, then one byte more, both with `unsigned` beyond it.
TEST(EventTest, LimitCountsAllButUnsigned) {
  const size_t overhead =
      Build(Draft("@a:hs", "m.x", "", R"({"body":""})")).json.size() -
      std::string(R"(,"user_id":"@a:hs")").size();
  auto draft = [&](size_t body_bytes) {
    return Draft(
        "@a:hs", "m.x", "",
        absl::StrCat(R"({"body":")", std::string(body_bytes, 'x'), R"("})"));
  };
  const size_t fits = matrix::kEventBytesMax - overhead;
  Event largest = Build(draft(fits));
  EXPECT_TRUE(BuildEvent(draft(fits), Room("!r:hs"), "$e", &largest).ok());
  absl::Status status =
      BuildEvent(draft(fits + 1), Room("!r:hs"), "$e", nullptr).status();
  EXPECT_EQ(GetErrcode(status), "M_TOO_LARGE");
}

TEST(EventTest, ClientFormTellsAgeAndTransactionId) {
  const absl::Time now = absl::FromUnixMillis(1421416883133 + 5);
  // Content that looks like the fields that are looked for.
  Event event = Build(Draft(
      "@a:hs", "m.x,", R"({"origin_server_ts":1,"x":{"origin_server_ts":2}})"));
  EXPECT_EQ(ToClientForm(event.json, {.now = now}),
            event.json.substr(0, event.json.size() - 1) +
                R"(,"unsigned":{"age":5}})");
  EXPECT_THAT(ToClientForm(event.json, {.now = now, .txn_id = "m\"1"}),
              HasSubstr(R"("unsigned":{"age":5,"transaction_id":"m\"1"}})"));
  EXPECT_THAT(ToClientForm(event.json, {.now = now - absl::Hours(1)}),
              HasSubstr(R"("unsigned":{"age":0})"));
  Event replacing =
      Build(Draft("@a:hs", "m.x", ",\"origin_server_ts\":9", "{}"), &event);
  const std::string form =
      ToClientForm(replacing.json, {.now = now, .txn_id = "m1"});
  EXPECT_THAT(form, HasSubstr(R"("prev_sender":"@a:hs","age":5,)"
                              R"("transaction_id":"m1"}})"));
  EXPECT_TRUE(matrix::ParseObject(form).ok());
}

TEST(EventTest, StrippedStateHasFourFields) {
  EXPECT_EQ(ToStrippedState(
                Build(Draft("@a:hs", "m.room.name", "", R"({"name":"n"})"))),
            R"({"type":"m.room.name","state_key":"","sender":"@a:hs",)"
            R"("content":{"name":"n"}})");
}

}  // namespace
}  // namespace causeway::homeserver
