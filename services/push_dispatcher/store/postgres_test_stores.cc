#include "services/push_dispatcher/store/postgres_test_stores.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "services/push_dispatcher/migrations.h"
#include "services/push_dispatcher/store/postgres_ingest_store.h"
#include "services/push_dispatcher/store/postgres_lease_store.h"
#include "services/push_dispatcher/store/postgres_operator_store.h"
#include "services/push_dispatcher/store/postgres_queue_store.h"
#include "services/push_dispatcher/store/push_pool.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"

namespace causeway::push {

std::string NewPushDatabase(postgres::TestCluster& cluster) {
  const std::string conninfo = cluster.NewDatabase("push_dispatcher");
  const absl::Status migrated =
      postgres::Migrate(conninfo, "push_dispatcher", Migrations());
  EXPECT_TRUE(migrated.ok()) << migrated;
  return conninfo;
}

PushStores OpenPushDatabase(const std::string& conninfo) {
  auto pool = std::make_shared<postgres::Pool>(PushPoolOptions(conninfo, 8));
  return {pool, std::make_shared<PostgresIngestStore>(*pool),
          std::make_shared<PostgresQueueStore>(*pool),
          std::make_shared<PostgresLeaseStore>(*pool),
          std::make_shared<PostgresOperatorStore>(*pool)};
}

}  // namespace causeway::push
