// The Postgres stores, on a real server, against the contract of all stores.
#include <gtest/gtest.h>

#include "services/push_dispatcher/store/postgres_test_stores.h"
#include "services/push_dispatcher/store/push_store_contract.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::push {
namespace {

PushStores MakePostgresStores() {
  static postgres::TestCluster cluster;
  return OpenPushDatabase(NewPushDatabase(cluster));
}

INSTANTIATE_TEST_SUITE_P(Postgres, PushStoreContract,
                         ::testing::Values(MakePostgresStores));

}  // namespace
}  // namespace causeway::push
