#include "services/shared/server/call_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "services/shared/server/metrics.h"

namespace causeway::server {

CallMetrics::CallMetrics(prometheus::Registry& registry)
    : requests_(prometheus::BuildCounter()
                    .Name("causeway_grpc_requests_total")
                    .Help("gRPC calls served, by method and status code.")
                    .Register(registry)),
      durations_(prometheus::BuildHistogram()
                     .Name("causeway_grpc_request_duration_seconds")
                     .Help("From the arrival of a gRPC call to its status.")
                     .Register(registry)),
      log_lines_dropped_(
          prometheus::BuildCounter()
              .Name("causeway_grpc_log_lines_dropped_total")
              .Help("gRPC calls that were not logged because too many were.")
              .Register(registry)
              .Add({})),
      refused_(prometheus::BuildCounter()
                   .Name("causeway_grpc_refused_calls_total")
                   .Help("gRPC calls that their caller may not make.")
                   .Register(registry)
                   .Add({})) {}

void CallMetrics::CallRefused() { refused_.Increment(); }

void CallMetrics::LogLineDropped() { log_lines_dropped_.Increment(); }

void CallMetrics::CallFinished(absl::string_view method, absl::StatusCode code,
                               absl::Duration elapsed) {
  absl::MutexLock lock(&mu_);
  const std::string name(method);
  Method& entry = methods_[name];
  if (entry.duration == nullptr) {
    entry.duration = &durations_.Add({{"method", name}}, DurationBuckets());
  }
  prometheus::Counter*& requests = entry.requests[code];
  if (requests == nullptr) {
    requests = &requests_.Add(
        {{"method", name}, {"code", absl::StatusCodeToString(code)}});
  }
  requests->Increment();
  entry.duration->Observe(absl::ToDoubleSeconds(elapsed));
}

}  // namespace causeway::server
