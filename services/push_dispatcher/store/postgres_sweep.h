#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_SWEEP_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_SWEEP_H_

#include "absl/status/statusor.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/shared/postgres/pool.h"

namespace causeway::push {

// What PostgresOperatorStore::Sweep() does; migrations/0013 has the tables.
//
// Several short transactions. Each step is done by one replica at a time, and
// leaves what is right for another one to go on with; a step whose locks aren't
// to be had at once is left to the next call.
absl::StatusOr<Swept> SweepStore(postgres::Pool& pool,
                                 const SweepOptions& options);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_SWEEP_H_
