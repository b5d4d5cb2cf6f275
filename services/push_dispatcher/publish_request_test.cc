#include "services/push_dispatcher/publish_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;

constexpr char kMessage[] =
    R"({"event_id":"$1","room_id":"!r:hs","type":"m.room.message",)"
    R"("sender":"@alice:hs","origin_server_ts":1,"content":{}})";
constexpr char kJoin[] =
    R"({"event_id":"$2","room_id":"!r:hs","type":"m.room.member",)"
    R"("sender":"@alice:hs","state_key":"@bob:hs","origin_server_ts":1,)"
    R"("content":{"membership":"join"}})";

constexpr char kToDevice[] =
    R"({"type":"m.dummy","sender":"@alice:hs","to_user_id":"@bob:hs",)"
    R"("to_device_id":"DEVICE","content":{}})";

v1::PublishRequest Request() {
  v1::PublishRequest request;
  request.set_source("hs");
  request.set_first_position(7);
  request.set_prefix_sha256(std::string(32, 'x'));
  request.add_records()->set_event_json(kMessage);
  return request;
}

TEST(PublishRequestTest, TakesEachKindOfRecord) {
  v1::PublishRequest request = Request();
  request.add_records()->set_event_json(kJoin);
  v1::Record::AliasChange* added = request.add_records()->mutable_alias_added();
  added->set_room_id("!r:hs");
  added->set_room_alias("#a:hs");
  *request.add_records()->mutable_alias_removed() = *added;
  request.add_records()->set_skipped(true);

  const absl::StatusOr<PublishBatch> batch = ParsePublishRequest(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->source, "hs");
  EXPECT_EQ(batch->begin, (ChainPoint{7, std::string(32, 'x')}));
  EXPECT_EQ(batch->event_bytes, strlen(kMessage) + strlen(kJoin));
  const auto& records = batch->records;
  ASSERT_EQ(records.size(), 5u);
  EXPECT_EQ(records[0].kind, PublishedRecord::Kind::kEvent);
  EXPECT_EQ(records[0].event_json, kMessage);
  EXPECT_EQ(records[0].room_id, "!r:hs");
  EXPECT_EQ(records[0].sender, "@alice:hs");
  EXPECT_EQ(records[0].member, std::nullopt);
  EXPECT_EQ(records[1].member, "@bob:hs");
  EXPECT_TRUE(records[1].joined);
  EXPECT_EQ(records[2].kind, PublishedRecord::Kind::kAliasAdded);
  EXPECT_EQ(records[2].room_alias, "#a:hs");
  EXPECT_EQ(records[3].kind, PublishedRecord::Kind::kAliasRemoved);
  EXPECT_EQ(records[4].kind, PublishedRecord::Kind::kSkipped);
}

TEST(PublishRequestTest, TakesToDeviceMessages) {
  v1::PublishRequest request = Request();
  request.add_records()->set_to_device_json(kToDevice);
  const absl::StatusOr<PublishBatch> batch = ParsePublishRequest(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->event_bytes, strlen(kMessage) + strlen(kToDevice));
  const PublishedRecord& record = batch->records[1];
  EXPECT_EQ(record.kind, PublishedRecord::Kind::kToDevice);
  EXPECT_EQ(record.event_json, kToDevice);
  EXPECT_EQ(record.to_user_id, "@bob:hs");
  EXPECT_EQ(record.sha256,
            matrix::Sha256(request.records(1).SerializeAsString()));
}

TEST(PublishRequestTest, HashesAreThoseOfTheContract) {
  v1::PublishRequest request = Request();
  request.add_records()->set_skipped(true);
  const auto batch = ParsePublishRequest(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->records[0].sha256, matrix::Sha256(kMessage));
  EXPECT_EQ(batch->records[1].sha256,
            matrix::Sha256(request.records(1).SerializeAsString()));
}

TEST(PublishRequestTest, MemberIsJoinedOnlyByJoin) {
  std::string leave = kJoin;
  leave.replace(leave.find("join"), 4, "ban");
  v1::PublishRequest request = Request();
  request.mutable_records(0)->set_event_json(leave);
  const auto batch = ParsePublishRequest(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->records[0].member, "@bob:hs");
  EXPECT_FALSE(batch->records[0].joined);
}

// It may be in a stream of old, and must not stop it for ever.
TEST(PublishRequestTest, AStateKeyThatIsNoIdIsNobodysMembership) {
  std::string odd = kJoin;
  odd.replace(odd.find("@bob:hs"), 7, R"(\u0000)");
  v1::PublishRequest request = Request();
  request.mutable_records(0)->set_event_json(odd);
  const auto batch = ParsePublishRequest(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->records[0].member, std::nullopt);
}

TEST(PublishRequestTest, RefusesNamingTheFieldAndTheBound) {
  struct Case {
    std::string expected;
    std::function<void(v1::PublishRequest&)> spoil;
  };
  const Case cases[] = {
      {"source", [](auto& r) { r.set_source(""); }},
      {"source", [](auto& r) { r.set_source(std::string(256, 'x')); }},
      {"source", [](auto& r) { r.set_source("causeway:replay"); }},
      {"first_position", [](auto& r) { r.set_first_position(0); }},
      {"prefix_sha256", [](auto& r) { r.set_prefix_sha256("x"); }},
      {"records", [](auto& r) { r.clear_records(); }},
      {"2000",
       [](auto& r) {
         for (int i = 0; i < 2000; ++i) r.add_records()->set_skipped(true);
       }},
      {"records[1]", [](auto& r) { r.add_records(); }},
      {"records[0].event_json",
       [](auto& r) { r.mutable_records(0)->set_event_json("{"); }},
      {"131072",
       [](auto& r) {
         r.mutable_records(0)->set_event_json(std::string(131073, ' '));
       }},
      {"16777216",
       [](auto& r) {
         std::string large = kMessage;
         large.insert(large.size() - 2,
                      "\"a\":\"" + std::string(130000, 'x') + "\"");
         for (int i = 0; i < 130; ++i) r.add_records()->set_event_json(large);
       }},
      {"records[0].event_json: room_id",
       [](auto& r) {
         std::string odd = kMessage;
         odd.replace(odd.find("!r:hs"), 5, std::string(256, 'r'));
         r.mutable_records(0)->set_event_json(odd);
       }},
      {"records[0].to_device_json",
       [](auto& r) { r.mutable_records(0)->set_to_device_json("{"); }},
      {"records[0].to_device_json: field `to_user_id`",
       [](auto& r) {
         std::string odd = kToDevice;
         odd.replace(odd.find("to_user_id"), 10, "user");
         r.mutable_records(0)->set_to_device_json(odd);
       }},
      {"records[0].to_device_json: to_device_id",
       [](auto& r) {
         std::string odd = kToDevice;
         odd.replace(odd.find("DEVICE"), 6, "");
         r.mutable_records(0)->set_to_device_json(odd);
       }},
      {"records[0].to_device_json: field `content`",
       [](auto& r) {
         std::string odd = kToDevice;
         odd.replace(odd.find("{}"), 2, "[]");
         r.mutable_records(0)->set_to_device_json(odd);
       }},
      {"65536",
       [](auto& r) {
         r.mutable_records(0)->set_to_device_json(std::string(65537, ' '));
       }},
      {"records[0].alias_added.room_alias",
       [](auto& r) {
         r.mutable_records(0)->mutable_alias_added()->set_room_id("!r:hs");
       }},
      {"records[0].alias_removed.room_id",
       [](auto& r) { r.mutable_records(0)->mutable_alias_removed(); }},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.expected);
    v1::PublishRequest request = Request();
    test.spoil(request);
    const auto batch = ParsePublishRequest(request);
    EXPECT_EQ(batch.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(batch.status().message()),
                HasSubstr(test.expected));
  }
}

}  // namespace
}  // namespace causeway::push
