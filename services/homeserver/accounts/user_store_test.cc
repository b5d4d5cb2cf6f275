// Both UserStores pass user_store_contract.

#include "services/homeserver/accounts/user_store.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/accounts/postgres_user_store.h"
#include "services/homeserver/accounts/user_store_contract.h"
#include "services/homeserver/migrations.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::homeserver {
namespace {

// A store on a database of its own.
struct OnNewDatabase {
  explicit OnNewDatabase(const std::string& conninfo)
      : pool({.conninfo = conninfo,
              .statements = PostgresUserStore::Statements()}),
        store(pool, clock) {}

  const RealClock clock{};
  postgres::Pool pool;
  PostgresUserStore store;
};

std::shared_ptr<UserStore> NewPostgresStore() {
  static postgres::TestCluster cluster;
  std::string conninfo = cluster.NewDatabase("homeserver");
  EXPECT_EQ(postgres::Migrate(conninfo, "homeserver", Migrations()),
            absl::OkStatus());
  auto made = std::make_shared<OnNewDatabase>(conninfo);
  return {made, &made->store};
}

INSTANTIATE_TEST_SUITE_P(Postgres, UserStoreContract,
                         ::testing::Values(&NewPostgresStore));
INSTANTIATE_TEST_SUITE_P(Fake, UserStoreContract, ::testing::Values([] {
                           return std::make_shared<FakeUserStore>();
                         }));

}  // namespace
}  // namespace causeway::homeserver
