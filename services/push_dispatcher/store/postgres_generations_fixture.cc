#include "services/push_dispatcher/store/postgres_generations_fixture.h"

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/queue_store.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {

postgres::TestCluster& GenerationsCluster() {
  static postgres::TestCluster cluster;
  return cluster;
}

IngestBatch BatchFor(const SourceState& source,
                     absl::Span<const AppserviceUid> uids, size_t bytes) {
  absl::BitGen random;
  std::string data;
  while (data.size() < bytes) {
    data.push_back(static_cast<char>(absl::Uniform<uint8_t>(random)));
  }
  IngestBatch batch;
  batch.before = source;
  batch.end = NextPoint(source.end, matrix::Sha256(data));
  batch.segment = {.format = 1,
                   .record_count = 1,
                   .raw_bytes = static_cast<int64_t>(bytes),
                   .data = data};
  EventSet event;
  event.Add(0);
  for (const AppserviceUid uid : uids) {
    batch.entries.push_back(
        {.uid = uid, .last_position = source.end.position, .events = event});
  }
  return batch;
}

PostgresGenerations::PostgresGenerations() {
  EXPECT_TRUE(
      stores_.ingest->ApplyRegistry(1, {{{7, "live", true}, {8, "dead", true}}})
          .ok());
}

int64_t PostgresGenerations::Commit(absl::Span<const AppserviceUid> uids,
                                    size_t bytes) {
  const SourceState source = stores_.ingest->OpenSource("hs").value();
  const absl::Status committed =
      stores_.ingest->Commit(BatchFor(source, uids, bytes));
  EXPECT_TRUE(committed.ok()) << committed;
  return source.end.position;
}

void PostgresGenerations::Acknowledge(AppserviceUid uid, int64_t position) {
  Sql(absl::StrCat("UPDATE queues SET cursors = ARRAY[", position,
                   "] WHERE uid = ", uid));
}

Swept PostgresGenerations::Sweep(const SweepOptions& options) {
  const absl::StatusOr<Swept> swept = stores_.operators->Sweep(options);
  EXPECT_TRUE(swept.ok()) << swept.status();
  return swept.value_or(Swept());
}

std::vector<int64_t> PostgresGenerations::Positions(AppserviceUid uid) {
  const auto entries = stores_.queues->ReadEntries({{uid, {}}}, 100000);
  EXPECT_TRUE(entries.ok()) << entries.status();
  std::vector<int64_t> positions;
  for (const QueueEntry& entry : entries->at(0)) {
    positions.push_back(entry.last_position);
    EXPECT_GT(entry.segment_raw_bytes, 0);
    EXPECT_TRUE(stores_.queues->ReadSegments({entry.segment}).ok());
  }
  return positions;
}

pqxx::result PostgresGenerations::Sql(const std::string& sql) {
  pqxx::connection connection(database_);
  return pqxx::nontransaction(connection).exec(sql);
}

int64_t PostgresGenerations::Number(const std::string& sql) {
  return Sql(sql)[0][0].as<int64_t>();
}

}  // namespace causeway::push
