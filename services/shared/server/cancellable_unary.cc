#include "services/shared/server/cancellable_unary.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "services/shared/server/grpc_status.h"
#include "services/shared/server/uncaught_exception.h"

namespace causeway::server {
namespace {

// Owns itself until the call is done.
class CancellableReactor final : public grpc::ServerUnaryReactor {
 public:
  std::stop_token caller_gone() const { return caller_.get_token(); }

 private:
  void OnCancel() override { caller_.request_stop(); }
  void OnDone() override { delete this; }

  std::stop_source caller_;
};

boost::asio::awaitable<absl::Status> Run(CancellableCoroutine handler,
                                         CallContext call,
                                         std::stop_token caller_gone) {
  try {
    co_return co_await handler(call, std::move(caller_gone));
  } catch (const std::exception& exception) {
    co_return UncaughtException(exception, call);
  }
}

}  // namespace

grpc::ServerUnaryReactor* SpawnCancellable(Executor& executor,
                                           grpc::CallbackServerContext* context,
                                           CancellableCoroutine handler) {
  auto* reactor = new CancellableReactor;
  absl::Status begun = executor.BeginCoroutine();
  if (!begun.ok()) {
    reactor->Finish(ToGrpcStatus(begun));
    return reactor;
  }
  boost::asio::co_spawn(
      executor.asio_executor(),
      Run(std::move(handler), MakeCallContext(*context),
          reactor->caller_gone()),
      [&executor, reactor](const std::exception_ptr& exception,
                           const absl::Status& status) {
        // Run() lets no std::exception out; nothing else is thrown.
        reactor->Finish(ToGrpcStatus(
            exception ? absl::InternalError("unexpected exception") : status));
        executor.EndCoroutine();
      });
  return reactor;
}

}  // namespace causeway::server
