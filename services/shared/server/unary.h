#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_UNARY_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_UNARY_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <boost/asio/awaitable.hpp>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

// Adapters that make a unary gRPC method one statement. A handler that blocks
// (on PostgreSQL, say) is posted:
//
//   grpc::ServerUnaryReactor* RegistryService::Register(
//       grpc::CallbackServerContext* context,
//       const pb::RegisterRequest* request, pb::RegisterResponse* response) {
//     return server::PostUnary(
//         executor_, context, response,
//         [this, request](const server::CallContext& call)
//             -> absl::StatusOr<pb::RegisterResponse> {
//           return Register(*request, call);
//         });
//   }
//
// A handler that waits without a thread is a coroutine and is spawned, with the
// same arguments. It may be a capturing lambda: the adapter keeps it, and the
// CallContext that it is given, until the coroutine has ended.
//
// A handler returns absl::Status and fills in *response itself, or returns
// StatusOr<Response>, which is moved into *response. gRPC keeps `request` and
// `response` alive until the call is finished, which these do exactly once,
// also when the client has gone; a call whose client went while it was queued
// does not run. An exception that a handler lets out becomes INTERNAL. Without
// room on the executor the call fails with UNAVAILABLE at once.
//
// Counting, timing and logging of calls is done for all methods, streams too,
// by call_observer.h.
namespace causeway::server {

using UnaryHandler = absl::AnyInvocable<absl::Status(const CallContext&)>;
using UnaryCoroutine = absl::AnyInvocable<boost::asio::awaitable<absl::Status>(
    const CallContext&)>;

// Runs `handler` as a job of `executor`, which must outlive the call.
grpc::ServerUnaryReactor* PostUnary(Executor& executor,
                                    grpc::CallbackServerContext* context,
                                    UnaryHandler handler);

// Runs the coroutine that `handler` makes on `executor`, which must outlive it.
grpc::ServerUnaryReactor* SpawnUnary(Executor& executor,
                                     grpc::CallbackServerContext* context,
                                     UnaryCoroutine handler);

// Puts what a handler returned where gRPC takes it from.
template <typename Response>
absl::Status Deliver(absl::Status result, Response*) {
  return result;
}
template <typename Response>
absl::Status Deliver(absl::StatusOr<Response> result, Response* response) {
  if (result.ok()) *response = *std::move(result);
  return result.status();
}

// As above. `handler` returns absl::Status or absl::StatusOr<Response>.
template <typename Response, typename Handler>
grpc::ServerUnaryReactor* PostUnary(Executor& executor,
                                    grpc::CallbackServerContext* context,
                                    Response* response, Handler handler) {
  return PostUnary(executor, context,
                   [response, handler = std::move(handler)](
                       const CallContext& call) mutable {
                     return Deliver(handler(call), response);
                   });
}

// As above. `handler` returns an awaitable of absl::Status or of
// absl::StatusOr<Response>.
template <typename Response, typename Handler>
grpc::ServerUnaryReactor* SpawnUnary(Executor& executor,
                                     grpc::CallbackServerContext* context,
                                     Response* response, Handler handler) {
  return SpawnUnary(
      executor, context,
      // The adapter keeps this lambda until its coroutine has ended, so that
      // the coroutine may use what is captured.
      [response, handler = std::move(handler)](const CallContext& call) mutable
      -> boost::asio::awaitable<absl::Status> {
        co_return Deliver(co_await handler(call), response);
      });
}

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_UNARY_H_
