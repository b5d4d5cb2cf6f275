#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_CALL_OBSERVER_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_CALL_OBSERVER_H_

#include <grpcpp/support/server_interceptor.h>

#include "services/shared/clock/clock.h"
#include "services/shared/server/call_metrics.h"
#include "services/shared/server/line_quota.h"

namespace causeway::server {

// Sees every call that a gRPC server serves, unary or stream, whatever code
// serves it: counts and times it, gives it a request ID when it came with none,
// and writes a line with that ID when it has ended, so that every process that
// a request went through tells of it. INTERNAL, UNKNOWN, UNAVAILABLE and
// DATA_LOSS are warnings with the error (what callers did wrong is for them to
// log), and have a quota of their own, which the others can't use up. What goes
// beyond a quota is counted. gRPC's own services (health, reflection) are only
// logged when they fail: probes would fill the log.
//
// A call's request ID is its metadata x-request-id, or its traceparent where
// the former is missing or names no trace (trace_context.h).
//
// Thread-safe.
class CallObserverFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  struct Options {
    int log_lines_per_second_max = 100;  // Of either kind.
  };

  // `metrics` and `clock` must outlive the server.
  CallObserverFactory(Options options, CallMetrics& metrics,
                      const Clock& clock);

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  CallMetrics& metrics_;
  const Clock& clock_;
  LineQuota answered_quota_;
  LineQuota failed_quota_;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_CALL_OBSERVER_H_
