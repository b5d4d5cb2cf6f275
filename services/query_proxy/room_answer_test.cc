#include "services/query_proxy/room_answer.h"

#include <optional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kBob[] = "@irc.freenode.net/Bob:hsdomain.com";

// An event whose fields are all right, but for `replacement` in place of
// `field`'s value.
std::string EventWith(absl::string_view field, absl::string_view replacement) {
  std::string json = "{";
  auto add = [&](absl::string_view name, absl::string_view value) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", "\"", name,
                    "\":", name == field ? replacement : value);
  };
  add("type", "\"m.room.name\"");
  add("user_id", absl::StrCat("\"", kBob, "\""));
  add("content", "{\"name\":\"#matrix\"}");
  add("origin_server_ts", "1421416883133");
  add("state_key", "\"\"");
  return json + "}";
}

TEST(RoomAnswerTest, TakesTheWalkthrough) {
  Answer answer = ParseRoomAnswer(R"({
    "events": [{
      "content": {"body": "hello?", "msgtype": "m.text"},
      "origin_server_ts": 1421416883133,
      "user_id": "@irc.freenode.net/Bob:hsdomain.com",
      "type": "m.room.message"}],
    "state": [{
      "content": {"name": "#matrix"},
      "origin_server_ts": 1421416883133,
      "user_id": "@irc.freenode.net/Bob:hsdomain.com",
      "state_key": "",
      "type": "m.room.name"}]})")
                      .value();
  EXPECT_EQ(answer.outcome, Outcome::kExistsCreate);
  ASSERT_NE(answer.room, nullptr);
  EXPECT_THAT(answer.room->events,
              ElementsAre(RoomEvent{
                  .type = "m.room.message",
                  .user_id = kBob,
                  .content_json = R"({"body":"hello?","msgtype":"m.text"})",
                  .origin_server_ts = 1421416883133,
                  .state_key = std::nullopt}));
  EXPECT_THAT(answer.room->state,
              ElementsAre(RoomEvent{.type = "m.room.name",
                                    .user_id = kBob,
                                    .content_json = R"({"name":"#matrix"})",
                                    .origin_server_ts = 1421416883133,
                                    .state_key = ""}));
}

TEST(RoomAnswerTest, EitherArrayIsEnough) {
  for (const char* body : {R"({"events":[]})", R"({"state":[]})",
                           R"({"events":[],"errcode":"M_UNKNOWN"})"}) {
    SCOPED_TRACE(body);
    Answer answer = ParseRoomAnswer(body).value();
    EXPECT_EQ(answer.outcome, Outcome::kExistsCreate);
    EXPECT_THAT(answer.room->events, IsEmpty());
    EXPECT_THAT(answer.room->state, IsEmpty());
  }
}

// It may have made the room over the client-server API, and published services
// answer 200 with an errcode both for yes and for no.
TEST(RoomAnswerTest, WithoutContentOnlyAnotherLookDecides) {
  for (const char* body :
       {"{}", "", R"({"errcode":"M_NOT_FOUND"})",
        R"({"errcode":"M_UNKNOWN","error":"Not provisioning"})"}) {
    SCOPED_TRACE(body);
    Answer answer = ParseRoomAnswer(body).value();
    EXPECT_EQ(answer.outcome, Outcome::kLookAgain);
    EXPECT_EQ(answer.room, nullptr);
  }
}

TEST(RoomAnswerTest, SenderAndTimestampMayBeOfOtherEras) {
  Answer answer = ParseRoomAnswer(R"({"events":[{"type":"t","sender":"@bob:d",)"
                                  R"("content":{}}]})")
                      .value();
  EXPECT_EQ(answer.room->events[0].user_id, "@bob:d");
  EXPECT_EQ(answer.room->events[0].origin_server_ts, 0);
}

TEST(RoomAnswerTest, TakesAsManyEventsAsAllowedAndNoMore) {
  auto body = [](int count) {
    std::string events;
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&events, i > 0 ? "," : "", EventWith("", ""));
    }
    return absl::StrCat("{\"events\":[", events, "]}");
  };
  EXPECT_TRUE(ParseRoomAnswer(body(kRoomAnswerEventsMax)).ok());
  absl::Status status =
      ParseRoomAnswer(body(kRoomAnswerEventsMax + 1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("1000"));
}

struct BadCase {
  std::string name;
  std::string state_event;
  std::string named;
};

void PrintTo(const BadCase& test_case, std::ostream* out) {
  *out << test_case.name;
}

class BadRoomAnswerTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadRoomAnswerTest, NamesWhatIsWrong) {
  absl::Status status =
      ParseRoomAnswer(absl::StrCat("{\"state\":[", EventWith("", ""), ",",
                                   GetParam().state_event, "]}"))
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("state[1]"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().named));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRoomAnswerTest,
    ::testing::Values(
        BadCase{"NoObject", "1", "object"},
        BadCase{"NoType", R"({"user_id":"@b:d","content":{},"state_key":""})",
                "type"},
        BadCase{"EmptyType", EventWith("type", "\"\""), "type"},
        BadCase{
            "LongType",
            EventWith("type", absl::StrCat("\"", std::string(256, 'x'), "\"")),
            "type"},
        BadCase{"NoSender", R"({"type":"t","content":{},"state_key":""})",
                "user_id"},
        BadCase{"SenderIsNoUserId", EventWith("user_id", "\"Bob\""), "user_id"},
        BadCase{"ContentIsNoObject", EventWith("content", "[]"), "content"},
        BadCase{"ContentHasAFraction", EventWith("content", "{\"a\":1.5}"),
                "content.a"},
        BadCase{
            "ContentIsTooLarge",
            EventWith("content", absl::StrCat("{\"a\":\"",
                                              std::string(65536, 'x'), "\"}")),
            "content"},
        BadCase{"TimestampIsText", EventWith("origin_server_ts", "\"now\""),
                "origin_server_ts"},
        BadCase{"TimestampIsBeforeTime", EventWith("origin_server_ts", "-1"),
                "origin_server_ts"},
        BadCase{"NoStateKey", R"({"type":"t","user_id":"@b:d","content":{}})",
                "state_key"},
        BadCase{"LongStateKey",
                EventWith("state_key",
                          absl::StrCat("\"", std::string(256, 'x'), "\"")),
                "state_key"}),
    [](const auto& info) { return info.param.name; });

TEST(RoomAnswerTest, RefusesWhatIsNoAnswer) {
  EXPECT_FALSE(ParseRoomAnswer("<html>").ok());
  EXPECT_FALSE(ParseRoomAnswer("[]").ok());
  EXPECT_FALSE(ParseRoomAnswer(R"({"events":{}})").ok());
}

}  // namespace
}  // namespace causeway::query
