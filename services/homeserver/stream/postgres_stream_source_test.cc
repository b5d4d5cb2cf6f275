#include "services/homeserver/stream/postgres_stream_source.h"

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/migrations.h"
#include "services/homeserver/stream/stream_source.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PostgresStreamSourceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new postgres::TestCluster; }
  static void TearDownTestSuite() { delete cluster_; }

  PostgresStreamSourceTest() {
    EXPECT_EQ(postgres::Migrate(conninfo_, "homeserver", Migrations()),
              absl::OkStatus());
  }

  // The hash of position n is 32 times that byte.
  void Append(const std::string& kind, const std::string& event_json,
              const std::string& room_alias) {
    ++position_;
    pqxx::binarystring prefix(std::string(32, static_cast<char>(position_)));
    EXPECT_EQ(pool_.Run([&](pqxx::work& work) {
      work.exec_params0(
          "INSERT INTO stream (position, kind, room_id, event_id, type,"
          " event_json, room_alias, prefix_sha256) VALUES ($1, $2, '!r',"
          " nullif($3, ''), nullif($4, ''), nullif($5, ''),"
          " nullif($6, ''), $7)",
          position_, kind, kind == "event" ? absl::StrCat("$", position_) : "",
          kind == "event" ? "m.room.message" : "", event_json, room_alias,
          prefix);
      work.exec_params0(
          "UPDATE stream_head SET position = $1, prefix_sha256 = $2", position_,
          prefix);
      return absl::OkStatus();
    }),
              absl::OkStatus());
  }

  void AppendEvent(const std::string& event_json) {
    Append("event", event_json, "");
  }

  std::vector<int64_t> Positions(int64_t from, size_t records_max,
                                 size_t bytes_max) {
    const std::vector<StreamRecord> records =
        source_.ReadFrom(from, records_max, bytes_max).value().records;
    std::vector<int64_t> positions;
    for (const StreamRecord& record : records) {
      positions.push_back(record.position);
    }
    return positions;
  }

  inline static postgres::TestCluster* cluster_ = nullptr;
  const std::string conninfo_ = cluster_->NewDatabase("homeserver");
  postgres::Pool pool_{{.conninfo = conninfo_,
                        .statements = PostgresStreamSource::Statements()}};
  PostgresStreamSource source_{pool_};
  int64_t position_ = 0;
};

TEST_F(PostgresStreamSourceTest, EmptyStreamStartsAtOne) {
  EXPECT_THAT(Positions(1, 10, 1000), IsEmpty());
  EXPECT_EQ(source_.PrefixBefore(1).value(), std::string(32, '\0'));
}

TEST_F(PostgresStreamSourceTest, ReadsEveryKindByteForByte) {
  AppendEvent("{\"a\": \"\xc3\xa9\\n\"}");
  Append("alias_added", "", "#a:hs.test");
  Append("alias_removed", "", "#a:hs.test");
  std::vector<StreamRecord> records =
      source_.ReadFrom(1, 10, 1000).value().records;
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].kind, StreamRecord::Kind::kEvent);
  EXPECT_EQ(records[0].event_json, "{\"a\": \"\xc3\xa9\\n\"}");
  EXPECT_EQ(records[0].prefix_sha256_after, std::string(32, '\x01'));
  EXPECT_GT(records[0].commit_time, absl::FromUnixSeconds(1421416800));
  EXPECT_EQ(records[1].kind, StreamRecord::Kind::kAliasAdded);
  EXPECT_EQ(records[1].room_id, "!r");
  EXPECT_EQ(records[1].room_alias, "#a:hs.test");
  EXPECT_EQ(records[2].kind, StreamRecord::Kind::kAliasRemoved);
}

TEST_F(PostgresStreamSourceTest, StopsAtTheRecordAndByteLimits) {
  for (int i = 0; i < 5; ++i) AppendEvent("1234567890");
  EXPECT_THAT(Positions(1, 10, 1000), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(Positions(2, 2, 1000), ElementsAre(2, 3));
  EXPECT_THAT(Positions(1, 10, 29), ElementsAre(1, 2));
  EXPECT_THAT(Positions(1, 10, 30), ElementsAre(1, 2, 3));
  // One that is too large still goes, alone.
  EXPECT_THAT(Positions(4, 10, 1), ElementsAre(4));
  EXPECT_THAT(Positions(6, 10, 1000), IsEmpty());
}

TEST_F(PostgresStreamSourceTest, TellsHowManyRecordsComeBehind) {
  for (int i = 0; i < 5; ++i) AppendEvent("1234567890");
  EXPECT_EQ(source_.ReadFrom(1, 10, 1000).value().rest_count, 0);
  EXPECT_EQ(source_.ReadFrom(2, 2, 1000).value().rest_count, 2);
  EXPECT_EQ(source_.ReadFrom(1, 10, 10).value().rest_count, 4);
  EXPECT_EQ(source_.ReadFrom(6, 10, 1000).value().rest_count, 0);
}

TEST_F(PostgresStreamSourceTest, TellsThePrefix) {
  AppendEvent("{}");
  AppendEvent("{}");
  EXPECT_EQ(source_.PrefixBefore(2).value(), std::string(32, '\x01'));
  EXPECT_EQ(source_.PrefixBefore(3).value(), std::string(32, '\x02'));
  EXPECT_EQ(source_.PrefixBefore(4).status().code(),
            absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace causeway::homeserver
