// Both sets of rooms pass room_store_contract.

#include "services/homeserver/rooms/room_store.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/migrations.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/history_sql.h"
#include "services/homeserver/rooms/postgres_published_rooms.h"
#include "services/homeserver/rooms/postgres_room_history.h"
#include "services/homeserver/rooms/postgres_room_store.h"
#include "services/homeserver/rooms/published_rooms.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/room_store_contract.h"
#include "services/homeserver/rooms/stream_prefix.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/stream/postgres_stream_source.h"
#include "services/homeserver/stream/stream_source.h"
#include "services/shared/postgres/migration.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

std::vector<postgres::PreparedStatement> Statements() {
  std::vector<postgres::PreparedStatement> statements = room_sql::Statements();
  for (const auto& more :
       {history_sql::Statements(), PostgresStreamSource::Statements()}) {
    statements.insert(statements.end(), more.begin(), more.end());
  }
  return statements;
}

// Rooms in a database of their own.
struct OnNewDatabase {
  explicit OnNewDatabase(
      std::function<void()> committed,
      absl::Span<const postgres::Migration> migrations = Migrations())
      : store(pool, std::move(committed)),
        history(pool),
        published(pool),
        source(pool) {
    Migrate(migrations);
  }

  static std::string NewDatabase() {
    static postgres::TestCluster cluster;
    return cluster.NewDatabase("homeserver");
  }

  void Migrate(absl::Span<const postgres::Migration> migrations) const {
    EXPECT_EQ(postgres::Migrate(conninfo, "homeserver", migrations),
              absl::OkStatus());
  }

  const std::string conninfo = NewDatabase();
  postgres::Pool pool{{.conninfo = conninfo, .statements = Statements()}};
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
      rooms.source.ReadFrom(1, 100, 1 << 20).value().records;
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

// Goal: what the database refuses of one writer takes nothing from those that
// are written with it. Method: many write at once, and each fourth breaks a
// constraint.
TEST(PostgresRoomStoreTest, WhoIsWrittenWithAFaultyOneIsWritten) {
  constexpr int kWriters = 8;
  constexpr int kEach = 20;
  OnNewDatabase rooms([] {});
  std::atomic<int> written = 0;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) {
        const bool is_faulty = (w + i) % 4 == 0;
        const ClientTxn txn = {.scope = "token",
                               .room_id = "!r:hs",
                               .event_type = "m.room.message",
                               .txn_id = is_faulty ? std::string(1000, 'x')
                                                   : absl::StrCat(w, "_", i)};
        const absl::Status status = rooms.store.Write(
            {.txn = &txn}, [&](RoomTransaction& transaction) -> absl::Status {
              RoomState state;
              CAUSEWAY_ASSIGN_OR_RETURN(
                  const Event event,
                  AppendReported(transaction, Room("!r:hs"),
                                 MessageDraft("@alice:hs", "hello"), state));
              transaction.RememberSent(txn, event.event_id);
              return absl::OkStatus();
            });
        EXPECT_EQ(status.ok(), !is_faulty) << status;
        if (status.ok()) ++written;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(written, kWriters * kEach * 3 / 4);
  EXPECT_EQ(rooms.history.LastPosition().value(), written);
}

// Goal: a repeat is known also when it is written together with the first.
TEST(PostgresRoomStoreTest, ARepeatAtTheSameTimeIsKnown) {
  constexpr int kWriters = 16;
  OnNewDatabase rooms([] {});
  const ClientTxn txn = {.scope = "token",
                         .room_id = "!r:hs",
                         .event_type = "m.room.message",
                         .txn_id = "1"};
  std::vector<std::string> event_ids(kWriters);
  std::vector<std::thread> writers;
  for (std::string& event_id : event_ids) {
    writers.emplace_back([&] {
      EXPECT_EQ(
          rooms.store.Write(
              {.txn = &txn},
              [&](RoomTransaction& transaction) -> absl::Status {
                CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> sent,
                                          transaction.FindSent(txn));
                if (sent.has_value()) {
                  event_id = *sent;
                  return absl::OkStatus();
                }
                RoomState state;
                CAUSEWAY_ASSIGN_OR_RETURN(
                    const Event event,
                    AppendReported(transaction, Room("!r:hs"),
                                   MessageDraft("@alice:hs", "hello"), state));
                transaction.RememberSent(txn, event.event_id);
                event_id = event.event_id;
                return absl::OkStatus();
              }),
          absl::OkStatus());
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_THAT(event_ids, ::testing::Each(event_ids.front()));
  EXPECT_EQ(rooms.history.LastPosition().value(), 1);
}

// Goal: what is remembered of the rooms' state gives way to what another
// process has written.
TEST(PostgresRoomStoreTest, AnotherReplicasStateIsSeen) {
  OnNewDatabase rooms([] {});
  PostgresRoomStore other(rooms.pool, [] {});
  auto topic_in = [](PostgresRoomStore& store) {
    std::string topic;
    EXPECT_EQ(store.Write([&](RoomTransaction& transaction) -> absl::Status {
      CAUSEWAY_ASSIGN_OR_RETURN(
          RoomState state,
          transaction.LoadState(Room("!r:hs"), {{kTopicType, ""}}));
      topic = state.StringOf(kTopicType, "topic");
      return absl::OkStatus();
    }),
              absl::OkStatus());
    return topic;
  };
  auto set_topic = [](PostgresRoomStore& store, const std::string& topic) {
    Append(store, "!r:hs",
           Draft("@alice:hs", kTopicType, "",
                 absl::StrCat("{\"topic\":\"", topic, "\"}")));
  };
  set_topic(rooms.store, "one");
  EXPECT_EQ(topic_in(rooms.store), "one");
  set_topic(other, "two");
  EXPECT_EQ(topic_in(rooms.store), "two");
  EXPECT_EQ(topic_in(other), "two");
}

// Goal: the counts of a list are right from the first moment, also of what the
// release before wrote and goes on writing. Method: a store that is there
// before the migration; what it writes names nothing that the migration adds.
TEST(PostgresPublishedRoomsTest, CountsWhatAnotherReleaseWrites) {
  const absl::Span<const postgres::Migration> all = Migrations();
  const auto adds_counts =
      std::find_if(all.begin(), all.end(), [](const auto& migration) {
        return migration.name == "0062_joined_counts.sql";
      });
  OnNewDatabase rooms([] {}, all.first(adds_counts - all.begin()));
  AppendRoom(rooms.store, "!r:hs", "@alice:hs");
  AppendRoom(rooms.store, "!not_listed:hs", "@alice:hs");
  ASSERT_EQ(rooms.store.Write([](RoomTransaction& transaction) {
    transaction.SetPublished(kServerList, Room("!r:hs"), true);
    return absl::OkStatus();
  }),
            absl::OkStatus());
  Append(rooms.store, "!r:hs", MemberDraft("@b:hs", "@b:hs", "join"));
  Append(rooms.store, "!r:hs", MemberDraft("@b:hs", "@b:hs", "leave"));
  Append(rooms.store, "!r:hs", MemberDraft("@c:hs", "@c:hs", "join"));
  rooms.Migrate(all);
  const auto count = [&rooms] {
    const std::vector<PublishedRoom> listed =
        rooms.published.List({.list = kServerList, .after = {}, .limit = 9})
            .value();
    return listed.empty() ? 0 : listed[0].joined_count;
  };
  EXPECT_EQ(count(), 2);
  Append(rooms.store, "!r:hs", MemberDraft("@b:hs", "@b:hs", "join"));
  EXPECT_EQ(count(), 3);
}

}  // namespace
}  // namespace causeway::homeserver
