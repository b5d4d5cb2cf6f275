#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_CANCELLABLE_UNARY_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_CANCELLABLE_UNARY_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <boost/asio/awaitable.hpp>
#include <stop_token>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/unary.h"

// The adapter of unary.h for calls that wait long: their handler is told when
// nobody waits for the answer any more.
namespace causeway::server {

using CancellableCoroutine =
    absl::AnyInvocable<boost::asio::awaitable<absl::Status>(
        const CallContext&, std::stop_token caller_gone)>;

// As SpawnUnary(). `caller_gone` stops, in a thread of gRPC, once the caller
// has cancelled the call, is gone, or the call's deadline is over. The
// coroutine still ends by itself.
grpc::ServerUnaryReactor* SpawnCancellable(Executor& executor,
                                           grpc::CallbackServerContext* context,
                                           CancellableCoroutine handler);

// As above. `handler` returns an awaitable of absl::Status or of
// absl::StatusOr<Response>.
template <typename Response, typename Handler>
grpc::ServerUnaryReactor* SpawnCancellable(Executor& executor,
                                           grpc::CallbackServerContext* context,
                                           Response* response,
                                           Handler handler) {
  return SpawnCancellable(
      executor, context,
      // Kept until its coroutine has ended, as by SpawnUnary().
      [response, handler = std::move(handler)](
          const CallContext& call, std::stop_token caller_gone) mutable
      -> boost::asio::awaitable<absl::Status> {
        co_return Deliver(co_await handler(call, std::move(caller_gone)),
                          response);
      });
}

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_CANCELLABLE_UNARY_H_
