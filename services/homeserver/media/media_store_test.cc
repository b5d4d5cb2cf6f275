#include "services/homeserver/media/media_store.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/postgres_user_store.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/media/fake_media_store.h"
#include "services/homeserver/media/media_store_contract.h"
#include "services/homeserver/media/postgres_media_store.h"
#include "services/homeserver/migrations.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::homeserver {
namespace {

constexpr const char* kUsers[] = {"@alice:hs.test", "@bob:hs.test"};

// A store on a database of its own.
struct OnNewDatabase {
  explicit OnNewDatabase(const std::string& conninfo)
      : pool({.conninfo = conninfo}), store(pool) {}

  postgres::Pool pool;
  PostgresMediaStore store;
};

std::shared_ptr<MediaStore> NewPostgresStore() {
  static postgres::TestCluster cluster;
  std::string conninfo = cluster.NewDatabase("homeserver");
  EXPECT_EQ(postgres::Migrate(conninfo, "homeserver", Migrations()),
            absl::OkStatus());
  auto made = std::make_shared<OnNewDatabase>(conninfo);
  const RealClock clock;
  PostgresUserStore users(made->pool, clock);
  for (const char* user : kUsers) {
    EXPECT_TRUE(users
                    .CreateUser({.user_id = matrix::UserId::Parse(user).value(),
                                 .password_hash = "",
                                 .profile = {}},
                                std::nullopt, absl::UnixEpoch())
                    .ok());
  }
  return {made, &made->store};
}

std::shared_ptr<MediaStore> NewFakeStore() {
  auto store = std::make_shared<FakeMediaStore>();
  for (const char* user : kUsers) {
    store->AddUser(matrix::UserId::Parse(user).value());
  }
  return store;
}

INSTANTIATE_TEST_SUITE_P(Postgres, MediaStoreContract,
                         ::testing::Values(&NewPostgresStore));
INSTANTIATE_TEST_SUITE_P(Fake, MediaStoreContract,
                         ::testing::Values(&NewFakeStore));

}  // namespace
}  // namespace causeway::homeserver
