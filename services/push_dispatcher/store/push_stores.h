#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_PUSH_STORES_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_PUSH_STORES_H_

#include <memory>

#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/lease_store.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {

// The four stores on one database, for tests.
struct PushStores {
  std::shared_ptr<void> database;  // Outlives the stores.
  std::shared_ptr<IngestStore> ingest;
  std::shared_ptr<QueueStore> queues;
  std::shared_ptr<LeaseStore> leases;
  std::shared_ptr<OperatorStore> operators;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_PUSH_STORES_H_
