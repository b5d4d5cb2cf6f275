#include "services/push_dispatcher/ephemeral_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pointee;
using ::testing::SizeIs;
using Kind = EphemeralItem::Kind;

constexpr char kTyping[] =
    R"({"type":"m.typing","room_id":"!a:hs","content":{"user_ids":["@x:hs"]}})";
constexpr char kPresence[] =
    R"({ "type":"m.presence","sender":"@x:hs",)"
    R"("content":{"presence":"online","currently_active":true}})";
constexpr char kReceipts[] =
    R"({"type":"m.receipt","room_id":"!a:hs","content":{)"
    R"("$1":{"m.read":{"@x:hs":{"ts":1,"thread_id":"main"},"@y:hs":{}}},)"
    R"("$2":{"m.read.private":{"@x:hs":{"ts":2}}}}})";

absl::StatusOr<EphemeralItems> Parse(const std::vector<std::string>& events) {
  v1::PublishEphemeralRequest request;
  request.set_source("hs");
  for (const std::string& event : events) request.add_event_jsons(event);
  return ParseEphemeralRequest(request);
}

TEST(EphemeralRequestTest, TakesEachKindOfEvent) {
  EXPECT_THAT(Parse({}).value(), IsEmpty());
  const auto items = Parse({kTyping, kPresence, kReceipts});
  ASSERT_TRUE(items.ok()) << items.status();
  EXPECT_THAT(
      *items,
      ElementsAre(
          Pointee(EphemeralItem{
              .kind = Kind::kTyping, .room_id = "!a:hs", .json = kTyping}),
          Pointee(EphemeralItem{
              .kind = Kind::kPresence, .user_id = "@x:hs", .json = kPresence}),
          Pointee(EphemeralItem{.kind = Kind::kReceipt,
                                .room_id = "!a:hs",
                                .user_id = "@x:hs",
                                .event_id = "$1",
                                .receipt_type = "m.read",
                                .json = R"({"thread_id":"main","ts":1})"}),
          Pointee(EphemeralItem{.kind = Kind::kReceipt,
                                .room_id = "!a:hs",
                                .user_id = "@y:hs",
                                .event_id = "$1",
                                .receipt_type = "m.read",
                                .json = "{}"}),
          Pointee(EphemeralItem{.kind = Kind::kReceipt,
                                .room_id = "!a:hs",
                                .user_id = "@x:hs",
                                .event_id = "$2",
                                .receipt_type = "m.read.private",
                                .json = R"({"ts":2})"})));
}

TEST(EphemeralRequestTest, RoomsOfPresenceCountEachAndAreNotPassedOn) {
  const EphemeralItems items =
      Parse({R"({"type":"m.presence","sender":"@x:hs","room_ids":["!a:hs"],)"
             R"("content":{"presence":"online"}})"})
          .value();
  const EphemeralItem expected = {
      .kind = Kind::kPresence,
      .user_id = "@x:hs",
      .json = R"({"content":{"presence":"online"},"sender":"@x:hs",)"
              R"("type":"m.presence"})"};
  EphemeralItem of_room = expected;
  of_room.room_id = "!a:hs";
  EXPECT_THAT(items, ElementsAre(Pointee(expected), Pointee(of_room)));
}

// As one replica tells it another.
TEST(EphemeralRequestTest, ReadsWhatItsItemsBecome) {
  const EphemeralItems items = Parse({kTyping, kPresence, kReceipts}).value();
  const std::vector<std::string> events = EphemeralEvents(items);
  EXPECT_THAT(events, SizeIs(3));
  EphemeralItems again;
  for (const std::string& event : events) {
    ASSERT_TRUE(ParseEphemeralEvent(event, "event", again).ok());
  }
  ASSERT_THAT(again, SizeIs(items.size()));
  for (size_t i = 0; i < items.size(); ++i) EXPECT_EQ(*again[i], *items[i]);
}

TEST(EphemeralRequestTest, RefusesNamingTheIndexAndTheField) {
  const std::string receipt =
      R"({"type":"m.receipt","room_id":"!a","content":)";
  struct Case {
    std::string event;
    std::string expected;
  };
  const Case cases[] = {
      {"{", "event_jsons[1]: "},
      {"[]", "event_jsons[1]: "},
      {R"({"type":"m.typing","type":"m.typing"})", "event_jsons[1]: "},
      {R"({"content":{}})", "event_jsons[1]: field `type`"},
      {R"({"type":"m.typing"})", "event_jsons[1]: field `content`"},
      {R"({"type":"m.room.message","content":{}})",
       "event_jsons[1]: field `type`"},
      {R"({"type":"m.typing","content":{"user_ids":[]}})",
       "event_jsons[1]: field `room_id`"},
      {R"({"type":"m.typing","room_id":"","content":{"user_ids":[]}})",
       "event_jsons[1]: field `room_id`"},
      {R"({"type":"m.typing","room_id":"!\n","content":{"user_ids":[]}})",
       "event_jsons[1]: field `room_id`"},
      {R"({"type":"m.typing","room_id":"!a","content":{}})",
       "event_jsons[1]: content: field `user_ids`"},
      {R"({"type":"m.typing","room_id":"!a","content":{"user_ids":[1]}})",
       "event_jsons[1]: field `content.user_ids`"},
      {R"({"type":"m.presence","content":{"presence":"online"}})",
       "event_jsons[1]: field `sender`"},
      {R"({"type":"m.presence","sender":"@x","content":{}})",
       "event_jsons[1]: content: field `presence`"},
      {R"({"type":"m.presence","sender":"@x","room_ids":[1],)"
       R"("content":{"presence":"online"}})",
       "event_jsons[1]: field `room_ids`"},
      {R"({"type":"m.presence","sender":"@x","room_ids":[""],)"
       R"("content":{"presence":"online"}})",
       "event_jsons[1]: field `room_ids`"},
      {R"({"type":"m.receipt","content":{}})",
       "event_jsons[1]: field `room_id`"},
      {receipt + R"({"":{}}})", "content: an event ID"},
      {receipt + R"({"$":1}})", "content: of an event"},
      {receipt + R"({"$":{"\t":{}}}})", "content: a receipt's type"},
      {receipt + R"({"$":{"m.read":[]}}})", "content: of a type"},
      {receipt + R"({"$":{"m.read":{"":{}}}}})", "content: a user ID"},
      {receipt + R"({"$":{"m.read":{"@x":1}}}})", "content: of a user"},
      {std::string(65537, ' '), "65536"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.expected);
    const auto items = Parse({kTyping, test.event});
    EXPECT_EQ(items.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(items.status().message()),
                HasSubstr(test.expected));
  }
}

TEST(EphemeralRequestTest, RefusesTooMuch) {
  EXPECT_TRUE(Parse(std::vector<std::string>(1000, kTyping)).ok());
  EXPECT_THAT(
      std::string(
          Parse(std::vector<std::string>(1001, kTyping)).status().message()),
      HasSubstr("1000"));
  const std::string large = absl::StrCat(kTyping, std::string(65000, ' '));
  EXPECT_TRUE(Parse(std::vector<std::string>(16, large)).ok());
  EXPECT_THAT(
      std::string(
          Parse(std::vector<std::string>(17, large)).status().message()),
      HasSubstr("1048576"));
  EXPECT_THAT(std::string(ParseEphemeralRequest({}).status().message()),
              HasSubstr("source"));
}

}  // namespace
}  // namespace causeway::push
