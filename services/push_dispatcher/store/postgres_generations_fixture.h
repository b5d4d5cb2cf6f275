#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_GENERATIONS_FIXTURE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_GENERATIONS_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/postgres_test_stores.h"
#include "services/push_dispatcher/store/push_stores.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::push {

// Every batch in a generation of its own.
inline constexpr SweepOptions kTinyGenerations = {
    .generation_bytes = 1, .patience = absl::ZeroDuration()};

postgres::TestCluster& GenerationsCluster();

// One record, of which each of `uids` gets it, with `bytes` that don't
// compress.
IngestBatch BatchFor(const SourceState& source,
                     absl::Span<const AppserviceUid> uids, size_t bytes);

// A database with two queues: 7 is alive, 8 is dead.
class PostgresGenerations : public ::testing::Test {
 protected:
  PostgresGenerations();

  // Of the source "hs". Returns its position.
  int64_t Commit(absl::Span<const AppserviceUid> uids, size_t bytes);
  // `uid` has taken all up to `position` of source 1.
  void Acknowledge(AppserviceUid uid, int64_t position);
  Swept Sweep(const SweepOptions& options = kTinyGenerations);

  // Of all entries of a queue, whose segments are there.
  std::vector<int64_t> Positions(AppserviceUid uid);

  pqxx::result Sql(const std::string& sql);
  int64_t Number(const std::string& sql);

  const std::string database_ = NewPushDatabase(GenerationsCluster());
  PushStores stores_ = OpenPushDatabase(database_);
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_GENERATIONS_FIXTURE_H_
