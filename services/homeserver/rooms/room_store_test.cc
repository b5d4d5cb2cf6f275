// Both sets of rooms pass room_store_contract.

#include "services/homeserver/rooms/room_store.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/migrations.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/history_sql.h"
#include "services/homeserver/rooms/postgres_published_rooms.h"
#include "services/homeserver/rooms/postgres_room_history.h"
#include "services/homeserver/rooms/postgres_room_store.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/room_store_contract.h"
#include "services/homeserver/rooms/stream_prefix.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/stream/postgres_stream_source.h"
#include "services/homeserver/stream/stream_source.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::homeserver {
namespace {

std::vector<postgres::PreparedStatement> Statements() {
  std::vector<postgres::PreparedStatement> statements = room_sql::Statements();
  for (postgres::PreparedStatement& statement : history_sql::Statements()) {
    statements.push_back(std::move(statement));
  }
  return statements;
}

// Rooms in a database of their own.
struct OnNewDatabase {
  explicit OnNewDatabase(std::function<void()> committed)
      : store(pool, std::move(committed)),
        history(pool),
        published(pool),
        source(pool) {}

  static std::string NewDatabase() {
    static postgres::TestCluster cluster;
    std::string conninfo = cluster.NewDatabase("homeserver");
    EXPECT_EQ(postgres::Migrate(conninfo, "homeserver", Migrations()),
              absl::OkStatus());
    return conninfo;
  }

  postgres::Pool pool{{.conninfo = NewDatabase(), .statements = Statements()}};
  PostgresRoomStore store;
  PostgresRoomHistory history;
  PostgresPublishedRooms published;
  PostgresStreamSource source;
};

RoomStores NewPostgresStores(std::function<void()> committed) {
  auto made = std::make_shared<OnNewDatabase>(std::move(committed));
  return {.store = {made, &made->store},
          .history = {made, &made->history},
          .published = {made, &made->published}};
}

RoomStores NewFakeStores(std::function<void()> committed) {
  auto made = std::make_shared<FakeRoomStore>(std::move(committed));
  return {.store = made, .history = made, .published = made};
}

INSTANTIATE_TEST_SUITE_P(Postgres, RoomStoreContract,
                         ::testing::Values(&NewPostgresStores));
INSTANTIATE_TEST_SUITE_P(Fake, RoomStoreContract,
                         ::testing::Values(&NewFakeStores));

// Goal: the publisher can prove to push_dispatcher which stream this is.
// Method: hash what it reads, as PublishRequest says, and compare.
TEST(PostgresRoomStoreTest, RunningHashCoversEventsAndAliasChanges) {
  OnNewDatabase rooms([] {});
  const AliasEntry entry = {Alias("#a:hs"), Room("!r:hs"), User("@alice:hs")};
  AppendRoom(rooms.store, "!r:hs", "@alice:hs");
  for (bool removed : {false, true}) {
    ASSERT_EQ(rooms.store.Write([&](RoomTransaction& transaction) {
      if (removed) {
        transaction.AppendAliasRemoval(entry);
      } else {
        transaction.AppendAlias(entry);
      }
      return absl::OkStatus();
    }),
              absl::OkStatus());
  }
  std::vector<StreamRecord> records =
      rooms.source.ReadFrom(1, 100, 1 << 20).value();
  ASSERT_EQ(records.size(), 6u);
  std::string prefix(32, '\0');
  for (const StreamRecord& record : records) {
    SCOPED_TRACE(record.position);
    std::string hashed = record.event_json;
    if (record.kind == StreamRecord::Kind::kAliasAdded) {
      hashed = AliasAddedRecord(entry);
    } else if (record.kind == StreamRecord::Kind::kAliasRemoved) {
      hashed = AliasRemovedRecord(entry);
    }
    prefix = NextPrefixSha256(prefix, hashed);
    EXPECT_EQ(record.prefix_sha256_after, prefix);
  }
  EXPECT_EQ(records[4].kind, StreamRecord::Kind::kAliasAdded);
  EXPECT_EQ(records[5].kind, StreamRecord::Kind::kAliasRemoved);
}

}  // namespace
}  // namespace causeway::homeserver
