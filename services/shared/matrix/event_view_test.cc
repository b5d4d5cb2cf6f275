#include "services/shared/matrix/event_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/status/errcode.h"

namespace causeway::matrix {
namespace {

using testing::HasSubstr;

constexpr char kMessage[] =
    R"({"event_id":"$1","room_id":"!r:d","type":"m.room.message",)"
    R"("sender":"@a:d","origin_server_ts":1421416883133,)"
    R"("content":{"body":"hi!","sender":"@evil:d"}})";

TEST(EventViewTest, TakesTheFieldsOut) {
  EventParser parser;
  std::string json = kMessage;
  EventView view = parser.Parse(json).value();
  EXPECT_EQ(view.json.data(), json.data());
  EXPECT_EQ(view.json, kMessage);
  EXPECT_EQ(view.event_id, "$1");
  EXPECT_EQ(view.room_id, "!r:d");
  EXPECT_EQ(view.type, "m.room.message");
  EXPECT_EQ(view.sender, "@a:d");
  EXPECT_EQ(view.origin_server_ts, 1421416883133);
  EXPECT_EQ(view.state_key, std::nullopt);
  EXPECT_EQ(view.membership, std::nullopt);
  EXPECT_FALSE(view.has_user_id);
}

TEST(EventViewTest, TakesMembershipOfMembersOnly) {
  EventParser parser;
  EventView view =
      parser
          .Parse(R"({"content":{"membership":"join"},"type":"m.room.member",)"
                 R"("state_key":"@b:d","event_id":"$1","room_id":"!r:d",)"
                 R"("sender":"@a:d","user_id":"@a:d","origin_server_ts":0})")
          .value();
  EXPECT_EQ(view.state_key, "@b:d");
  EXPECT_EQ(view.membership, "join");
  EXPECT_TRUE(view.has_user_id);

  view = parser
             .Parse(R"({"content":{"membership":"join"},"type":"m.room.topic",)"
                    R"("state_key":"","event_id":"$1","room_id":"!r:d",)"
                    R"("sender":"@a:d","origin_server_ts":0})")
             .value();
  EXPECT_EQ(view.state_key, "");
  EXPECT_EQ(view.membership, std::nullopt);
}

TEST(EventViewTest, Unescapes) {
  EventParser parser;
  std::string json =
      R"({"event_id":"$\u0031","room_id":"!r\/x:d","type":"t",)"
      R"("s\u0065nder":"@\u00e9:d","origin_server_ts":1,"content":{}})";
  EventView view = parser.Parse(json).value();
  EXPECT_EQ(view.event_id, "$1");
  EXPECT_EQ(view.room_id, "!r/x:d");
  EXPECT_EQ(view.sender, "@\xc3\xa9:d");
}

TEST(EventViewTest, ParserIsReusedAndMoved) {
  EventParser parser;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(parser.Parse(kMessage).ok());
  EXPECT_FALSE(parser.Parse("{").ok());
  EventParser moved = std::move(parser);
  EXPECT_TRUE(moved.Parse(kMessage).ok());
}

struct RefusedCase {
  std::string name;
  std::string from;  // Replaced in kMessage ...
  std::string to;    // ... by this.
  std::string errcode;
  std::string message;
};

class RefusedEventTest : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedEventTest, NamesTheField) {
  std::string json = kMessage;
  size_t at = json.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  json.replace(at, GetParam().from.size(), GetParam().to);
  EventParser parser;
  absl::Status status = parser.Parse(json).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(status), GetParam().errcode);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedEventTest,
    testing::ValuesIn<RefusedCase>({
        {"NoEventId", "event_id", "x", "M_BAD_JSON", "`event_id`: missing"},
        {"NoRoomId", "room_id", "x", "M_BAD_JSON", "`room_id`: missing"},
        {"NoType", "type", "x", "M_BAD_JSON", "`type`: missing"},
        {"NoSender", "sender", "x", "M_BAD_JSON", "`sender`: missing"},
        {"NoTime", "origin_server_ts", "x", "M_BAD_JSON",
         "`origin_server_ts`: missing"},
        {"EmptyId", "$1", "", "M_BAD_JSON", "`event_id`: is empty"},
        {"NumberAsId", "\"$1\"", "1", "M_BAD_JSON",
         "`event_id`: expected a string"},
        {"NumberAsStateKey", "\"sender\"", "\"state_key\":1,\"sender\"",
         "M_BAD_JSON", "`state_key`: expected a string"},
        {"TextAsTime", "1421416883133", "\"1\"", "M_BAD_JSON",
         "`origin_server_ts`: expected an integer"},
        {"MemberWithoutMembership", "m.room.message", "m.room.member",
         "M_BAD_JSON", "`content.membership`"},
        // Not looked at, but sent on: a transaction must stay readable.
        {"BrokenInside", "\"hi!\"", "hi!", "M_NOT_JSON", "not JSON"},
        {"NotUtf8Inside", "hi!", "\xff", "M_NOT_JSON", "not JSON"},
        {"TooDeepInside", "\"hi!\"",
         std::string(100, '[') + std::string(100, ']'), "M_NOT_JSON",
         "not JSON"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(EventViewTest, RefusesWhatIsNoObject) {
  EventParser parser;
  EXPECT_EQ(GetErrcode(parser.Parse("").status()), "M_NOT_JSON");
  EXPECT_EQ(GetErrcode(parser.Parse("[]").status()), "M_BAD_JSON");
  EXPECT_EQ(GetErrcode(parser.Parse("{} {}").status()), "M_NOT_JSON");
}

TEST(EventViewTest, SizeIsBounded) {
  EventParser parser;
  std::string json = kMessage;
  json.insert(json.size() - 1, kServedEventBytesMax - json.size(), ' ');
  EXPECT_TRUE(parser.Parse(json).ok());
  json.insert(json.size() - 1, " ");
  EXPECT_EQ(GetErrcode(parser.Parse(json).status()), "M_TOO_LARGE");
}

}  // namespace
}  // namespace causeway::matrix
