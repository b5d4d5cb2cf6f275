#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_CALL_OBSERVER_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_CALL_OBSERVER_H_

#include <grpcpp/support/server_interceptor.h>

#include "services/shared/clock/clock.h"
#include "services/shared/server/call_metrics.h"

namespace causeway::server {

// Sees every call that a gRPC server serves, unary or stream, whatever code
// serves it: counts and times it, gives it a request ID when it came with none,
// and logs it when it ended with INTERNAL, UNKNOWN, UNAVAILABLE or DATA_LOSS
// (what callers did wrong is for them to log).
//
// Thread-safe.
class CallObserverFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // Both must outlive the server.
  CallObserverFactory(CallMetrics& metrics, const Clock& clock);

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  CallMetrics& metrics_;
  const Clock& clock_;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_CALL_OBSERVER_H_
