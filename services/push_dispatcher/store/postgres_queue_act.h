#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_QUEUE_ACT_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_QUEUE_ACT_H_

#include <pqxx/pqxx>

#include "absl/status/statusor.h"
#include "services/push_dispatcher/store/queue_act.h"

namespace causeway::push {

// OperatorStore::Act() in PostgreSQL. Throws what pqxx throws.
absl::StatusOr<ActOutcome> DoAct(pqxx::work& work, const OperatorAct& act);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_POSTGRES_QUEUE_ACT_H_
