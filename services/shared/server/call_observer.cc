#include "services/shared/server/call_observer.h"

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/logging.h"
#include "services/shared/server/trace_context.h"

namespace causeway::server {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// Health and reflection, "grpc.health.v1.Health/Check".
constexpr absl::string_view kGrpcsOwn = "grpc.";

// The first of that key, or nothing.
absl::string_view Find(const Metadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return "";
  return {found->second.data(), found->second.size()};
}

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
               const Clock& clock, LineQuota& answered_quota,
               LineQuota& failed_quota)
      : method_(absl::StripPrefix(method, "/")),
        metrics_(metrics),
        clock_(clock),
        answered_quota_(answered_quota),
        failed_quota_(failed_quota),
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
  // Here rather than in the handler, so that its log lines and ours agree.
  void TakeRequestId(Metadata& metadata) {
    const absl::string_view sent = Find(metadata, kRequestIdKey);
    if (IsRequestId(sent)) request_id_ = std::string(sent);
    // Our own services send both alike. What lies between may have put a span
    // of its own into the traceparent, and a request keeps its name.
    if (!NamesTrace(request_id_) && metadata.count(kTraceparentKey) == 1) {
      std::string taken = TakeTraceparent(Find(metadata, kTraceparentKey));
      if (!taken.empty()) request_id_ = std::move(taken);
    }
    if (request_id_.empty()) request_id_ = MakeRequestId();
    if (request_id_ == sent) return;
    metadata.erase(kRequestIdKey);
    metadata.emplace(kRequestIdKey, request_id_);
  }

  void Finish(const grpc::Status& status) {
    const auto code = static_cast<absl::StatusCode>(status.error_code());
    const absl::Duration elapsed = clock_.MonotonicNow() - start_;
    metrics_.CallFinished(method_, code, elapsed);
    const bool failed = IsOurFault(code);
    if (!failed && absl::StartsWith(method_, kGrpcsOwn)) return;
    if (!(failed ? failed_quota_ : answered_quota_).Take()) {
      metrics_.LogLineDropped();
      return;
    }
    if (failed) {
      log::Warning("gRPC call failed",
                   {{"request_id", request_id_},
                    {"method", method_},
                    {"code", absl::StatusCodeToString(code)},
                    {"error", status.error_message()},
                    {"elapsed_ms", absl::ToDoubleMilliseconds(elapsed)}});
    } else {
      log::Info("gRPC call answered",
                {{"request_id", request_id_},
                 {"method", method_},
                 {"code", absl::StatusCodeToString(code)},
                 {"elapsed_ms", absl::ToDoubleMilliseconds(elapsed)}});
    }
  }

  const std::string method_;
  CallMetrics& metrics_;
  const Clock& clock_;
  LineQuota& answered_quota_;
  LineQuota& failed_quota_;
  const absl::Duration start_;
  std::string request_id_;
};

}  // namespace

CallObserverFactory::CallObserverFactory(Options options, CallMetrics& metrics,
                                         const Clock& clock)
    : metrics_(metrics),
      clock_(clock),
      answered_quota_(options.log_lines_per_second_max, clock),
      failed_quota_(options.log_lines_per_second_max, clock) {}

grpc::experimental::Interceptor* CallObserverFactory::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  return new CallObserver(info->method(), metrics_, clock_, answered_quota_,
                          failed_quota_);
}

}  // namespace causeway::server
