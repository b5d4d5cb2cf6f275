#include "services/shared/server/unary.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "services/shared/server/grpc_status.h"
#include "services/shared/server/spawn_coroutine.h"
#include "services/shared/server/uncaught_exception.h"

namespace causeway::server {
namespace {

absl::Status CallerGone() {
  return absl::CancelledError("the caller went before the call could begin");
}

absl::Status RunBlocking(UnaryHandler& handler, const CallContext& call) {
  try {
    return handler(call);
  } catch (const std::exception& exception) {
    return UncaughtException(exception, call);
  }
}

// Owns the handler, whose captures the inner coroutine may refer to.
boost::asio::awaitable<absl::Status> RunCoroutine(
    UnaryCoroutine handler, CallContext call,
    const grpc::CallbackServerContext* context) {
  // co_spawn() posts what follows a coroutine that has never waited, which
  // wakes another thread. What follows here may as well run on this one.
  (co_await boost::asio::detail::awaitable_thread_has_context_switched{}) =
      true;
  if (context->IsCancelled()) co_return CallerGone();
  try {
    co_return co_await handler(call);
  } catch (const std::exception& exception) {
    co_return UncaughtException(exception, call);
  }
}

}  // namespace

grpc::ServerUnaryReactor* PostUnary(Executor& executor,
                                    grpc::CallbackServerContext* context,
                                    UnaryHandler handler) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::Status posted =
      executor.Post([context, reactor, handler = std::move(handler),
                     call = MakeCallContext(*context)]() mutable {
        absl::Status status =
            context->IsCancelled() ? CallerGone() : RunBlocking(handler, call);
        // What the handler captured may refer to what Finish() lets go of.
        handler = nullptr;
        reactor->Finish(ToGrpcStatus(status));
      });
  if (!posted.ok()) reactor->Finish(ToGrpcStatus(posted));
  return reactor;
}

void SpawnCoroutine(Executor& executor, grpc::CallbackServerContext* context,
                    grpc::ServerUnaryReactor* reactor, UnaryCoroutine handler) {
  absl::Status begun = executor.BeginCoroutine();
  if (!begun.ok()) {
    reactor->Finish(ToGrpcStatus(begun));
    return;
  }
  boost::asio::co_spawn(
      executor.asio_executor(),
      RunCoroutine(std::move(handler), MakeCallContext(*context), context),
      [&executor, reactor](const std::exception_ptr& exception,
                           const absl::Status& status) {
        // RunCoroutine() lets no std::exception out; nothing else is thrown.
        reactor->Finish(ToGrpcStatus(
            exception ? absl::InternalError("unexpected exception") : status));
        executor.EndCoroutine();
      });
}

grpc::ServerUnaryReactor* SpawnUnary(Executor& executor,
                                     grpc::CallbackServerContext* context,
                                     UnaryCoroutine handler) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  SpawnCoroutine(executor, context, reactor, std::move(handler));
  return reactor;
}

}  // namespace causeway::server
