// The Postgres stores, on a real server, against the contract of all stores.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "services/push_dispatcher/migrations.h"
#include "services/push_dispatcher/store/postgres_ingest_store.h"
#include "services/push_dispatcher/store/postgres_lease_store.h"
#include "services/push_dispatcher/store/postgres_operator_store.h"
#include "services/push_dispatcher/store/postgres_queue_store.h"
#include "services/push_dispatcher/store/push_store_contract.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::push {
namespace {

postgres::TestCluster& Cluster() {
  static auto* const kCluster = new postgres::TestCluster;
  return *kCluster;
}

PushStores MakePostgresStores() {
  postgres::Pool::Options options;
  options.conninfo = Cluster().NewDatabase("push_dispatcher");
  const absl::Status migrated =
      postgres::Migrate(options.conninfo, "push_dispatcher", Migrations());
  EXPECT_TRUE(migrated.ok()) << migrated;
  options.statements = PostgresIngestStore::Statements();
  for (auto& statement : PostgresQueueStore::Statements()) {
    options.statements.push_back(std::move(statement));
  }
  auto pool = std::make_shared<postgres::Pool>(std::move(options));
  return {pool, std::make_shared<PostgresIngestStore>(*pool),
          std::make_shared<PostgresQueueStore>(*pool),
          std::make_shared<PostgresLeaseStore>(*pool),
          std::make_shared<PostgresOperatorStore>(*pool)};
}

INSTANTIATE_TEST_SUITE_P(Postgres, PushStoreContract,
                         ::testing::Values(MakePostgresStores));

}  // namespace
}  // namespace causeway::push
