// Goal: space is given back as whole tables, and nothing that is wanted goes
// with them. What any store has to do is in push_store_contract.h; this is
// about PostgreSQL's tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/migrations.h"
#include "services/push_dispatcher/store/postgres_generations_fixture.h"
#include "services/push_dispatcher/store/postgres_test_stores.h"
#include "services/shared/postgres/migrations.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::Lt;
using ::testing::SizeIs;
using enum absl::StatusCode;

class PostgresGenerationsTest : public PostgresGenerations {
 protected:
  int64_t BytesOnDisk() {
    return Number(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits "
        "WHERE inhparent IN ('segments'::regclass, 'queue_entries'::regclass)");
  }

  // In all tables of events and entries, those for large values included.
  int64_t DeadTuples() {
    pqxx::connection connection(GenerationsCluster().AdminConninfo(database_));
    pqxx::nontransaction work(connection);
    work.exec("CREATE EXTENSION IF NOT EXISTS pgstattuple");
    return work
        .exec1(
            "SELECT sum((pgstattuple(c.oid)).dead_tuple_count +"
            "           (pgstattuple(c.reltoastrelid)).dead_tuple_count) "
            "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE c.relname ~ '^(segments|queue_entries)_[0-9]+$'"
            "  AND c.relkind = 'r'")[0]
        .as<int64_t>();
  }
};

TEST_F(PostgresGenerationsTest, WhatIsDeliveredGoesAsWholeTables) {
  const SweepOptions options = {.generation_bytes = 400 << 10,
                                .patience = absl::ZeroDuration()};
  int64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    last = Commit({7}, 20000);
    Sweep(options);
  }
  const int64_t before = BytesOnDisk();
  EXPECT_THAT(before, Gt(2000000));
  const Swept full = Sweep(options);
  EXPECT_THAT(full.generations, Gt(4));
  EXPECT_EQ(full.stored_bytes, before);
  EXPECT_THAT(Positions(7), SizeIs(100));

  Acknowledge(7, last);
  const Swept swept = Sweep(options);
  EXPECT_EQ(swept.dropped_generations, full.generations - 2);
  EXPECT_THAT(BytesOnDisk(), Lt(600 << 10));
  EXPECT_EQ(swept.entry_count, 0);
  EXPECT_EQ(DeadTuples(), 0);
}

TEST_F(PostgresGenerationsTest, ManyBytesNeedNoMoreGenerations) {
  // Generations grow with what is stored: of the smallest size there would be
  // a hundred.
  for (int i = 0; i < 100; ++i) {
    Commit({8}, 200000);
    Sweep({.generation_bytes = 1 << 18, .patience = absl::ZeroDuration()});
  }
  EXPECT_THAT(Sweep().generations, Lt(50));
  EXPECT_THAT(Positions(8), SizeIs(100));
}

TEST_F(PostgresGenerationsTest, OpensTheNextWhenItIsOld) {
  const SweepOptions options = {.generation_age = absl::ZeroDuration()};
  Sweep(options);
  EXPECT_EQ(Sweep(options).generations, 2);  // But not while it is empty.
  Acknowledge(7, Commit({7}, 10));
  Sweep(options);
  EXPECT_EQ(Sweep(options).dropped_generations, 1);
}

TEST_F(PostgresGenerationsTest, TheLittleThatIsWantedIsMoved) {
  const SweepOptions options = {.generation_bytes = 100 << 10,
                                .patience = absl::ZeroDuration()};
  // The first generation is wanted half, the second a tenth.
  for (int i = 0; i < 10; ++i) Commit({7, 8}, 10000), Commit({7}, 10000);
  Sweep(options);
  const int64_t wanted = Commit({7, 8}, 10000);
  int64_t last = 0;
  for (int i = 0; i < 9; ++i) last = Commit({7}, 10000);
  Sweep(options);
  const std::vector<int64_t> before = Positions(8);
  EXPECT_THAT(before, SizeIs(11));
  Acknowledge(7, last);
  SweepOptions patient = options;
  patient.patience = absl::Hours(1);
  EXPECT_EQ(Sweep(patient).dropped_generations, 0);
  EXPECT_EQ(Sweep(options).dropped_generations, 1);
  EXPECT_EQ(Positions(8), before);
  EXPECT_THAT(Number("SELECT count(*) FROM queue_entries_0"), 1);
  EXPECT_THAT(Number("SELECT count(*) FROM segments_0"), 1);

  // Its queue is well again.
  Acknowledge(8, wanted);
  const Swept swept = Sweep(options);
  EXPECT_EQ(swept.dropped_generations, 1);
  EXPECT_EQ(swept.entry_count, 1);
  EXPECT_EQ(swept.segment_count, 1);
  Sweep(kTinyGenerations);
  EXPECT_EQ(Number("SELECT pg_relation_size('segments_0')"), 0);
}

TEST_F(PostgresGenerationsTest, DroppedQueuesKeepNoGeneration) {
  Commit({8}, 200000);
  Sweep();
  EXPECT_EQ(Sweep().dropped_generations, 0);
  ASSERT_TRUE(stores_.ingest->ApplyRegistry(2, {{{7, "live", true}}}).ok());
  EXPECT_EQ(Sweep().dropped_generations, 1);
}

TEST_F(PostgresGenerationsTest, ACommitFindsOutThatItsGenerationIsClosed) {
  const SourceState old = stores_.ingest->OpenSource("hs").value();
  Acknowledge(7, Commit({7}, 10));
  Sweep();
  // The source is where it was, but for the generation.
  SourceState closed = stores_.ingest->OpenSource("hs").value();
  closed.generation = old.generation;
  EXPECT_EQ(stores_.ingest->Commit(BatchFor(closed, {7}, 10)).code(), kAborted);
  EXPECT_EQ(Sweep().dropped_generations, 1);
  // With a connection that hasn't used the statement, and one that has.
  for (PushStores stores : {OpenPushDatabase(database_), stores_}) {
    EXPECT_EQ(stores.ingest->Commit(BatchFor(closed, {7}, 10)).code(),
              kUnavailable);
  }
  Commit({7}, 10);
}

// A reader that waits for a move sees what it did, though it began before.
TEST_F(PostgresGenerationsTest, ReadersMissNothingThatIsMoved) {
  const int64_t position = Commit({8}, 10);
  Sql("SELECT open_generation()");
  EXPECT_THAT(Positions(8), ElementsAre(position));  // All is planned.
  pqxx::connection connection(database_);
  pqxx::work move(connection);
  for (const char* table : {"segments", "queue_entries"}) {
    move.exec(absl::StrCat("CREATE TEMPORARY TABLE moved AS SELECT * FROM ",
                           table, "_1;UPDATE moved SET generation = 0;",
                           "INSERT INTO ", table, " SELECT * FROM moved;",
                           "DROP TABLE moved"));
  }
  move.exec("SELECT drop_generation(1)");
  auto read = std::async(std::launch::async, [&] { return Positions(8); });
  while (Number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) {
  }
  move.commit();
  EXPECT_THAT(read.get(), ElementsAre(position));
}

TEST_F(PostgresGenerationsTest, AReaderThatStaysPutsOffTheDropAlone) {
  Acknowledge(7, Commit({7}, 10));
  Sweep();
  pqxx::connection connection(database_);
  pqxx::work dump(connection);
  dump.exec("LOCK TABLE segments, queue_entries IN ACCESS SHARE MODE");
  EXPECT_EQ(Sweep().dropped_generations, 0);
  Acknowledge(7, Commit({7}, 10));
  EXPECT_EQ(Sweep().dropped_generations, 0);
  EXPECT_EQ(Sweep().generations, 4);  // With the empty one for moved rows.
  dump.abort();
  EXPECT_EQ(Sweep().dropped_generations, 2);
}

// What waits when the release with generations comes.
TEST(PostgresGenerationsMigrationTest, WhatIsStoredStays) {
  const std::string database =
      GenerationsCluster().NewDatabase("push_dispatcher");
  const auto before = Migrations().subspan(0, 12);
  ASSERT_EQ(before.back().name, "0012_lease_nonce.sql");
  ASSERT_TRUE(postgres::Migrate(database, "push_dispatcher", before).ok());
  pqxx::connection connection(database);
  {
    pqxx::nontransaction work(connection);
    work.exec(
        "INSERT INTO sources (name, next_position, registry_revision)"
        "  VALUES ('hs', 4, 1)");
    work.exec(
        "INSERT INTO appservices (uid, appservice_id) VALUES (8, 'dead')");
    work.exec("INSERT INTO queues (uid) VALUES (8)");
    work.exec(
        "INSERT INTO segments (source_id, first_position, prefix_sha256,"
        "  format, record_count, raw_bytes, data) "
        "SELECT 1, i, '', 1, 1, 5, 'data' FROM generate_series(1, 3) i");
    work.exec(
        "INSERT INTO queue_entries (uid, source_id, last_position,"
        "  first_position, event_count, events) "
        "SELECT 8, 1, i, i, 1, '\\x01' FROM generate_series(1, 3) i");
  }
  ASSERT_TRUE(
      postgres::Migrate(database, "push_dispatcher", Migrations()).ok());

  PushStores stores = OpenPushDatabase(database);
  const auto entries = stores.queues->ReadEntries({{8, {}}}, 9).value();
  ASSERT_THAT(entries[0], SizeIs(3));
  EXPECT_EQ(stores.queues->ReadSegments({{1, 3}}).value()[0].data, "data");
  const SourceState source = stores.ingest->OpenSource("hs").value();
  EXPECT_TRUE(stores.ingest->Commit(BatchFor(source, {8}, 9)).ok());
  EXPECT_THAT(stores.queues->ReadEntries({{8, Cursors({2})}}, 9).value()[0],
              SizeIs(2));
  pqxx::nontransaction(connection).exec("UPDATE queues SET cursors = '{2}'");
  const Swept swept = stores.operators->Sweep({}).value();
  EXPECT_EQ(swept.entry_count, 2);
  EXPECT_EQ(swept.segment_count, 2);
}

}  // namespace
}  // namespace causeway::push
