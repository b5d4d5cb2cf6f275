#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_SPAWN_COROUTINE_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_SPAWN_COROUTINE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "services/shared/server/executor.h"
#include "services/shared/server/unary.h"

// What the adapters of unary.h and cancellable_unary.h have in common.
namespace causeway::server {

// Runs the coroutine that `handler` makes on `executor`, which must outlive it,
// and finishes `reactor`, which is the call's, as unary.h says of handlers.
void SpawnCoroutine(Executor& executor, grpc::CallbackServerContext* context,
                    grpc::ServerUnaryReactor* reactor, UnaryCoroutine handler);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_SPAWN_COROUTINE_H_
