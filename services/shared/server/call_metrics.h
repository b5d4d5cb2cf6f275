#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_CALL_METRICS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_CALL_METRICS_H_

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace prometheus {
class Counter;
template <typename T>
class Family;
class Histogram;
class Registry;
}  // namespace prometheus

namespace causeway::server {

// What a gRPC server tells Prometheus about its calls:
//
//   causeway_grpc_requests_total{method,code}             counter
//   causeway_grpc_request_duration_seconds{method}        histogram
//   causeway_grpc_log_lines_dropped_total                 counter
//   causeway_grpc_refused_calls_total                     counter
//
// `method` is "causeway.registry.v1.Registry/Register", one of those that are
// served; `code` is "OK", "NOT_FOUND" and so on. Streams count when they end.
//
// Thread-safe.
class CallMetrics {
 public:
  // One for each registry, which must outlive it.
  explicit CallMetrics(prometheus::Registry& registry);

  void CallFinished(absl::string_view method, absl::StatusCode code,
                    absl::Duration elapsed) ABSL_LOCKS_EXCLUDED(mu_);
  void LogLineDropped();
  // One that its caller may not make. It counts nowhere else.
  void CallRefused();

 private:
  // Those of one method, found once: a look-up by labels costs microseconds.
  struct Method {
    prometheus::Histogram* duration = nullptr;
    std::map<absl::StatusCode, prometheus::Counter*> requests;
  };

  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Counter& log_lines_dropped_;
  prometheus::Counter& refused_;
  absl::Mutex mu_;
  std::map<std::string, Method> methods_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_CALL_METRICS_H_
