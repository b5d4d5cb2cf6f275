#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_TEST_STORES_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_TEST_STORES_H_

#include <string>

#include "services/push_dispatcher/store/push_stores.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::push {

// A new database on `cluster`, migrated. Returns its connection string.
std::string NewPushDatabase(postgres::TestCluster& cluster);

// The stores on such a database, with a pool of their own: what one process
// has.
PushStores OpenPushDatabase(const std::string& conninfo);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_TEST_STORES_H_
