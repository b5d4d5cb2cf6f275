#include "services/shared/server/cancellable_unary.h"

#include "services/shared/server/spawn_coroutine.h"

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

}  // namespace

grpc::ServerUnaryReactor* SpawnCancellable(Executor& executor,
                                           grpc::CallbackServerContext* context,
                                           CancellableCoroutine handler) {
  auto* reactor = new CancellableReactor;
  SpawnCoroutine(
      executor, context, reactor,
      [handler = std::move(handler),
       caller_gone = reactor->caller_gone()](const CallContext& call) mutable {
        return handler(call, caller_gone);
      });
  return reactor;
}

}  // namespace causeway::server
