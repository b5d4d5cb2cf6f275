// Goal: nothing is lost, repeated or refused for good while all is swept.
// Method: two that commit, one that takes and two that sweep at once, with the
// smallest generations, and a crash of PostgreSQL in the middle. Bounded by
// what is committed, and paced by how often generations change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/push_dispatcher/store/postgres_generations_fixture.h"

namespace causeway::push {
namespace {

using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Lt;
using enum absl::StatusCode;

constexpr int kBatchesOfSource = 150;
constexpr int kBatchesOfGeneration = 10;
constexpr int kDeadEvery = 7;

// How far all are, for others to wait.
class Progress {
 public:
  void Add() {
    absl::MutexLock lock(&mu_);
    ++count_;
  }
  void Set(int count) {
    absl::MutexLock lock(&mu_);
    count_ = count;
  }
  void Await(int count) {
    absl::MutexLock lock(&mu_);
    auto reached = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return count_ >= count;
    };
    mu_.Await(absl::Condition(&reached));
  }

 private:
  absl::Mutex mu_;
  int count_ ABSL_GUARDED_BY(mu_) = 0;
};

// Commits one batch after another, as ingest does: what fails is tried again
// on what the source is then. Stops at a batch that is refused for good.
void CommitAll(const std::string& database, const std::string& source_name,
               Progress& committed, Progress& generations) {
  PushStores stores = OpenPushDatabase(database);
  for (int i = 0; i < kBatchesOfSource; ++i) {
    generations.Await(i / kBatchesOfGeneration);
    int64_t position = 0;
    for (int tries = 0;;) {
      ASSERT_LT(tries, 50) << "refused for good";
      const auto source = stores.ingest->OpenSource(source_name);
      if (!source.ok()) continue;  // The database is away.
      if (position == 0) position = source->end.position;
      if (source->end.position > position) break;  // It was committed.
      ++tries;
      const absl::Status done = stores.ingest->Commit(
          i % kDeadEvery == 0 ? BatchFor(*source, {7, 8}, 300)
                              : BatchFor(*source, {7}, 300));
      EXPECT_NE(done.code(), kInternal) << done;
    }
    committed.Add();
  }
}

// What queue 7 is given, in order and once each. Returns what it got of each
// source.
std::map<SourceId, std::vector<int64_t>> TakeAll(const std::string& database,
                                                 size_t count) {
  PushStores stores = OpenPushDatabase(database);
  std::map<SourceId, std::vector<int64_t>> taken;
  Cursors cursors;
  for (size_t total = 0; total < count;) {
    const auto entries = stores.queues->ReadEntries({{7, cursors}}, 5);
    if (!entries.ok()) continue;
    std::vector<SegmentKey> keys;
    for (const QueueEntry& entry : entries->at(0)) {
      keys.push_back(entry.segment);
      EXPECT_GT(entry.segment_raw_bytes, 0);
    }
    if (keys.empty()) continue;
    const auto segments = stores.queues->ReadSegments(keys);
    EXPECT_NE(segments.status().code(), kDataLoss);
    if (!segments.ok()) continue;
    Cursors after = cursors;
    for (const QueueEntry& entry : entries->at(0)) {
      after.Set(entry.segment.source_id, entry.last_position);
    }
    try {
      pqxx::connection connection(database);
      pqxx::nontransaction(connection)
          .exec(absl::StrCat("UPDATE queues SET cursors = ARRAY[", after.Get(1),
                             ",", after.Get(2), "] WHERE uid = 7"));
    } catch (const std::exception&) {
      continue;  // The database is away; to say it again changes nothing.
    }
    cursors = after;
    for (const QueueEntry& entry : entries->at(0)) {
      taken[entry.segment.source_id].push_back(entry.last_position);
      ++total;
    }
  }
  return taken;
}

using PostgresSweepStress = PostgresGenerations;

TEST_F(PostgresSweepStress, NothingIsLostWhileAllIsSweptAtOnce) {
  for (const char* name : {"a", "b"}) {
    ASSERT_TRUE(stores_.ingest->OpenSource(name).ok());
  }
  Progress committed;
  Progress generations;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (const char* name : {"a", "b"}) {
    threads.emplace_back(
        [&, name] { CommitAll(database_, name, committed, generations); });
  }
  std::vector<std::thread> sweepers;
  for (int i = 0; i < 2; ++i) {
    sweepers.emplace_back([&] {
      PushStores stores = OpenPushDatabase(database_);
      while (!done) {
        const absl::Status status =
            stores.operators->Sweep(kTinyGenerations).status();
        const auto source = stores.ingest->FindSource("a");
        if (source.ok()) generations.Set(source->generation);
        EXPECT_NE(status.code(), kInternal) << status;
      }
    });
  }
  auto taken = std::async(std::launch::async, [&] {
    return TakeAll(database_, 2 * kBatchesOfSource);
  });
  committed.Await(kBatchesOfSource);
  GenerationsCluster().Stop();  // In the middle of whatever they do.
  GenerationsCluster().Start();
  for (std::thread& thread : threads) thread.join();
  const auto by_source = taken.get();
  done = true;
  for (std::thread& thread : sweepers) thread.join();

  std::vector<int64_t> all, for_dead;
  for (int i = 0; i < kBatchesOfSource; ++i) {
    all.push_back(i + 1);
    if (i % kDeadEvery == 0) for_dead.push_back(i + 1);
  }
  EXPECT_EQ(by_source.at(1), all);
  EXPECT_EQ(by_source.at(2), all);
  for (int i = 0; i < 3; ++i) Sweep();
  EXPECT_THAT(Number("SELECT max(id) FROM generations"), Gt(10));
  EXPECT_THAT(Positions(7), IsEmpty());
  std::vector<int64_t> twice = for_dead;
  twice.insert(twice.end(), for_dead.begin(), for_dead.end());
  EXPECT_EQ(Positions(8), twice);
  EXPECT_THAT(Sweep().generations, Lt(5));
}

}  // namespace
}  // namespace causeway::push
