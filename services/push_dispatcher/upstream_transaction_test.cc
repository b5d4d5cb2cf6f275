#include "services/push_dispatcher/upstream_transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

std::string Event(const std::string& event_id, const std::string& type,
                  const std::string& rest) {
  return absl::StrCat(R"({"event_id":")", event_id, R"(","room_id":"!r:up",)",
                      R"("type":")", type, R"(","sender":"@alice:up",)",
                      R"("origin_server_ts":1,)", rest, "}");
}

std::string Message(const std::string& event_id) {
  return Event(event_id, "m.room.message", R"("content":{"body":"}]\"é"})");
}

v1::PublishTransactionRequest Request(const std::string& body) {
  v1::PublishTransactionRequest request;
  request.set_source("up");
  request.set_txn_id("t1");
  request.set_body(body);
  return request;
}

v1::PublishTransactionRequest Transaction(
    const std::vector<std::string>& events) {
  return Request(
      absl::StrCat("{\"events\":[", absl::StrJoin(events, " ,\n"), "]}"));
}

TEST(UpstreamTransactionTest, TakesEventsAsTheyStand) {
  const std::string join =
      Event("$2", "m.room.member",
            R"("state_key":"@bob:up","content":{"membership":"join"})");
  const auto request = Transaction({Message("$1"), join});
  const auto batch = ParseUpstreamTransaction(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->source, "up");
  ASSERT_THAT(batch->records, SizeIs(2));
  EXPECT_EQ(batch->records[0].event_json, Message("$1"));
  EXPECT_EQ(batch->records[0].sha256, matrix::Sha256(Message("$1")));
  EXPECT_EQ(batch->records[0].room_id, "!r:up");
  EXPECT_EQ(batch->records[1].event_json, join);
  EXPECT_EQ(batch->records[1].member, "@bob:up");
  EXPECT_TRUE(batch->records[1].joined);
  EXPECT_EQ(batch->event_bytes, Message("$1").size() + join.size());
  ASSERT_TRUE(batch->upstream.has_value());
  EXPECT_EQ(batch->upstream->txn_id, "t1");
  EXPECT_EQ(batch->upstream->body_sha256, matrix::Sha256(request.body()));
  EXPECT_THAT(batch->upstream->event_keys,
              ElementsAre(matrix::Sha256("$1").substr(0, 16),
                          matrix::Sha256("$2").substr(0, 16)));
  EXPECT_EQ(batch->upstream->refused_count, 0);
}

TEST(UpstreamTransactionTest, WithoutEventsThereIsNothingToTake) {
  for (const char* body :
       {"{}", R"({"events":[]})", R"({"ephemeral":[{"type":"m.typing"}]})"}) {
    SCOPED_TRACE(body);
    const auto request = Request(body);
    const auto batch = ParseUpstreamTransaction(request);
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_THAT(batch->records, IsEmpty());
  }
  const auto request =
      Request(absl::StrCat(R"({"ephemeral":[1],"events":[)", Message("$1"),
                           R"(],"x":{"events":1}})"));
  EXPECT_THAT(ParseUpstreamTransaction(request)->records, SizeIs(1));
}

// What is wrong with one event holds up no other.
TEST(UpstreamTransactionTest, LeavesOutWhatItCantRead) {
  const auto request = Transaction(
      {Message("$1"), "1", R"({"event_id":"$x"})",
       Event("$big", "m.x",
             absl::StrCat(R"("content":{"a":")",
                          std::string(kEventJsonBytesMax, 'x'), "\"}")),
       Message("$2")});
  const auto batch = ParseUpstreamTransaction(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_THAT(batch->records, SizeIs(2));
  EXPECT_EQ(batch->records[1].event_json, Message("$2"));
  EXPECT_THAT(batch->upstream->event_keys, SizeIs(2));
  EXPECT_EQ(batch->upstream->refused_count, 3);
  EXPECT_THAT(batch->upstream->refused_reason,
              AllOf(HasSubstr("events[1]: "), HasSubstr("events[2]: "),
                    HasSubstr("`events[3]`: has ")));
}

TEST(UpstreamTransactionTest, ReasonsOfRefusalsAreBounded) {
  const auto request =
      Transaction(std::vector<std::string>(kUpstreamEventsMax, "1"));
  const auto batch = ParseUpstreamTransaction(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->upstream->refused_count, 10000);
  EXPECT_LT(batch->upstream->refused_reason.size(), 2000u);
}

TEST(UpstreamTransactionTest, TakesAliasesFromWhatTheRoomSays) {
  const std::string content =
      R"("content":{"alias":"#a:up","alt_aliases":["#b:up",7,""]})";
  const auto request = Transaction(
      {Event("$1", "m.room.canonical_alias",
             absl::StrCat(R"("state_key":"",)", content)),
       Event("$2", "m.room.canonical_alias", R"("state_key":"","content":{})"),
       Event("$3", "m.room.canonical_alias", content),
       Event("$4", "m.room.name", absl::StrCat(R"("state_key":"",)", content)),
       Event("$5", "m.room.canonical_alias",
             absl::StrCat(R"("state_key":"x",)", content))});
  const auto batch = ParseUpstreamTransaction(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_THAT(batch->records, SizeIs(5));
  EXPECT_THAT(batch->records[0].all_aliases,
              Optional(ElementsAre("#a:up", "#b:up")));
  EXPECT_THAT(batch->records[1].all_aliases, Optional(IsEmpty()));
  for (int i = 2; i < 5; ++i) {
    EXPECT_EQ(batch->records[static_cast<size_t>(i)].all_aliases, std::nullopt);
  }
}

TEST(UpstreamTransactionTest, ASkippedRecordHashesAsTheContractSays) {
  v1::Record record;
  record.set_skipped(true);
  EXPECT_EQ(SkippedRecord().sha256, matrix::Sha256(record.SerializeAsString()));
}

struct RefusedCase {
  const char* name;
  const char* body;
  const char* message;
};

class RefusedTransactionTest : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedTransactionTest, NamesWhatIsWrong) {
  const auto request = Request(GetParam().body);
  const absl::Status status = ParseUpstreamTransaction(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedTransactionTest,
    ::testing::Values(
        RefusedCase{"Nothing", "", "body: not JSON"},
        RefusedCase{"Text", "hello", "body: not JSON"},
        RefusedCase{"CutOff", R"({"events":[{"a":1})", "body: not JSON"},
        RefusedCase{"Behind", R"({"events":[]} x)", "body: not JSON"},
        RefusedCase{"Array", "[]", "`body`: expected an object"},
        RefusedCase{"Number", "7", "`body`: expected an object"},
        RefusedCase{"Events", R"({"events":{}})",
                    "`body.events`: expected an array"}),
    [](const auto& info) { return info.param.name; });

TEST(UpstreamTransactionTest, RefusesWhatIsOutOfBounds) {
  auto message = [](const v1::PublishTransactionRequest& request) {
    return std::string(ParseUpstreamTransaction(request).status().message());
  };
  auto request = Request("{}");
  request.clear_source();
  EXPECT_THAT(message(request), HasSubstr("source"));
  request.set_source("causeway:replay");
  EXPECT_THAT(message(request), HasSubstr("source"));
  request = Request("{}");
  request.clear_txn_id();
  EXPECT_THAT(message(request), HasSubstr("txn_id"));
  request.set_txn_id(std::string(256, 'x'));
  EXPECT_THAT(message(request), HasSubstr("txn_id"));
  request = Request(std::string(kPublishBytesMax + 1, ' '));
  EXPECT_THAT(message(request), HasSubstr("body"));
  request = Transaction(std::vector<std::string>(kUpstreamEventsMax + 1, "1"));
  EXPECT_THAT(message(request), HasSubstr("body.events"));
}

}  // namespace
}  // namespace causeway::push
