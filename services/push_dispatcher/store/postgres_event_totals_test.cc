// Goal: what waits in a queue is known exactly, however many batches it came
// in. Method: entries as a process of before totals were kept left them, and as
// several processes write them by turns. What any store has to do is in
// push_store_contract.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/postgres_generations_fixture.h"
#include "services/push_dispatcher/store/postgres_test_stores.h"
#include "services/push_dispatcher/store/push_stores.h"
#include "services/push_dispatcher/store/queue_act.h"

namespace causeway::push {
namespace {

class PostgresEventTotalsTest : public PostgresGenerations {
 protected:
  int64_t Waiting(const std::string& id = "dead") {
    return stores_.operators->FindQueue(id).value().queued_events;
  }
  // As if so many batches of one event each had come at positions from the
  // source's end on, the totals from `first_total` on; NULL: none.
  void Insert(int64_t count, const std::string& first_total) {
    Sql(absl::StrCat(
        "INSERT INTO queue_entries (uid, source_id, generation, last_position,"
        "  first_position, event_count, events, event_total) "
        "SELECT 8, s.id, s.generation, s.next_position + i,"
        "  s.next_position + i, 1, '\\x01', ",
        first_total, " + i FROM sources s, generate_series(0, ", count - 1,
        ") AS i; UPDATE sources SET next_position = next_position + ", count));
  }
};

// As after so many batches of a release before that the last total isn't found.
TEST_F(PostgresEventTotalsTest, TheCountMayBeginAnew) {
  Commit({7}, 10);  // Opens the source.
  Insert(3, "1000000");
  Insert(4, "1");
  EXPECT_EQ(Waiting(), 7);
}

TEST_F(PostgresEventTotalsTest, MoreBatchesThanAreCounted) {
  Commit({7, 8}, 10);
  Insert(30000, "2");
  EXPECT_EQ(Waiting(), 30001);
  // A process that has just begun goes on from what is stored.
  stores_ = OpenPushDatabase(database_);
  Commit({8}, 10);
  Commit({8}, 10);
  EXPECT_EQ(Waiting(), 30003);
  Acknowledge(8, 20001);
  EXPECT_EQ(Waiting(), 10002);
  EXPECT_EQ(Waiting("live"), 1);
  const auto moved = stores_.operators->Act(
      {.appservice_id = "dead", .reason = "x", .act = MoveToNow()});
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->event_count, 10002);
  EXPECT_EQ(Waiting(), 0);
  Commit({8}, 10);
  EXPECT_EQ(Waiting(), 1);
}

TEST_F(PostgresEventTotalsTest, ProcessesThatTakeTurns) {
  PushStores other = OpenPushDatabase(database_);
  for (int i = 1; i <= 5; ++i) {
    Commit({7, 8}, 10);
    std::swap(stores_.ingest, other.ingest);
    Commit({8}, 10);
    EXPECT_EQ(Waiting(), 2 * i);
    EXPECT_EQ(Waiting("live"), i);
  }
}

TEST_F(PostgresEventTotalsTest, ACommitThatIsRefusedCountsForNothing) {
  Commit({8}, 10);
  SourceState source = stores_.ingest->OpenSource("hs").value();
  ++source.registry_revision;
  EXPECT_FALSE(stores_.ingest->Commit(BatchFor(source, {8}, 10)).ok());
  Commit({8}, 10);
  Commit({8}, 10);
  EXPECT_EQ(Waiting(), 3);
}

// As after a restore to before the second event, which another process then
// took in anew, by registrations by which it concerned nobody.
TEST_F(PostgresEventTotalsTest, WhatWentBackIsReadAgain) {
  Commit({8}, 10);
  const int64_t undone = Commit({8}, 10);
  Sql(absl::StrCat("DELETE FROM queue_entries WHERE last_position = ", undone));
  stores_.ingest->ForgetAll();
  Commit({8}, 10);
  EXPECT_EQ(Waiting(), 2);
}

// Behind them, between two that have one, and last.
TEST_F(PostgresEventTotalsTest, EntriesWithoutATotal) {
  Commit({7}, 10);
  Insert(4, "NULL::bigint");
  EXPECT_EQ(Waiting(), 4);
  Commit({8}, 10);
  EXPECT_EQ(Waiting(), 5);
  Insert(3, "NULL::bigint");
  EXPECT_EQ(Waiting(), 8);
  Commit({8}, 10);
  EXPECT_EQ(Waiting(), 9);
  Acknowledge(8, 3);
  EXPECT_EQ(Waiting(), 7);
  Acknowledge(8, 6);
  EXPECT_EQ(Waiting(), 4);
}

TEST_F(PostgresEventTotalsTest, WhatIsMovedKeepsItsTotal) {
  Commit({8}, 10);
  Commit({8}, 10);
  for (int i = 0; i < 3; ++i) Sweep();
  Commit({8}, 10);
  EXPECT_EQ(Number("SELECT count(*) FROM queue_entries_0"), 2);
  EXPECT_EQ(Number("SELECT count(*) FROM queue_entries "
                   "WHERE event_total IS NULL"),
            0);
  EXPECT_EQ(Waiting(), 3);
}

}  // namespace
}  // namespace causeway::push
