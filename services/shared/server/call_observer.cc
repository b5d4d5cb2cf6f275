#include "services/shared/server/call_observer.h"

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/logging.h"

namespace causeway::server {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

// Whether a status tells of a fault on this side.
bool IsOurFault(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

// One call. gRPC destroys it with the call's context, so that handlers may use
// the request ID that lives here.
class CallObserver final : public grpc::experimental::Interceptor {
 public:
  CallObserver(absl::string_view method, CallMetrics& metrics,
               const Clock& clock)
      : method_(absl::StripPrefix(method, "/")),
        metrics_(metrics),
        clock_(clock),
        start_(clock.MonotonicNow()) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      TakeRequestId(*methods->GetRecvInitialMetadata());
    }
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_STATUS)) {
      Finish(methods->GetSendStatus());
    }
    methods->Proceed();
  }

 private:
  void TakeRequestId(
      std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
    auto it = metadata.find(kRequestIdKey);
    if (it != metadata.end()) {
      request_id_.assign(it->second.data(), it->second.size());
      if (IsRequestId(request_id_)) return;
      metadata.erase(kRequestIdKey);
    }
    // Here rather than in the handler, so that its log lines and ours agree.
    request_id_ = MakeRequestId();
    metadata.emplace(kRequestIdKey, request_id_);
  }

  void Finish(const grpc::Status& status) {
    const auto code = static_cast<absl::StatusCode>(status.error_code());
    const absl::Duration elapsed = clock_.MonotonicNow() - start_;
    metrics_.CallFinished(method_, code, elapsed);
    if (!IsOurFault(code)) return;
    log::Warning("gRPC call failed",
                 {{"method", method_},
                  {"code", absl::StatusCodeToString(code)},
                  {"error", status.error_message()},
                  {"request_id", request_id_},
                  {"elapsed_ms", absl::ToInt64Milliseconds(elapsed)}});
  }

  const std::string method_;
  CallMetrics& metrics_;
  const Clock& clock_;
  const absl::Duration start_;
  std::string request_id_;
};

}  // namespace

CallObserverFactory::CallObserverFactory(CallMetrics& metrics,
                                         const Clock& clock)
    : metrics_(metrics), clock_(clock) {}

grpc::experimental::Interceptor* CallObserverFactory::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  return new CallObserver(info->method(), metrics_, clock_);
}

}  // namespace causeway::server
