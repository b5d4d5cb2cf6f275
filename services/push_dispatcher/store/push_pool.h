#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_PUSH_POOL_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_PUSH_POOL_H_

#include <string>

#include "services/shared/postgres/pool.h"

namespace causeway::push {

// What a pool needs on which the stores of this package are to work: their
// statements, and a planner that always walks along keys.
//
// Nearly all rows of nearly all tables are of no interest to any one statement,
// and how many there are changes by a million within a minute: statistics are
// always of another time, and a plan that reads or hashes a table may be kept
// for long. So no statement here is ever planned by them, nor twice.
postgres::Pool::Options PushPoolOptions(std::string conninfo,
                                        int connections_max);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_PUSH_POOL_H_
