#include "services/gateway/access_log.h"

#include "absl/time/time.h"
#include "services/shared/server/logging.h"

namespace causeway::gateway {

AccessLog::AccessLog(Options options, GatewayMetrics& metrics,
                     const Clock& clock)
    : quota_(options.lines_per_second_max, clock), metrics_(metrics) {}

void AccessLog::ConnectionOpened() { metrics_.ConnectionOpened(); }

void AccessLog::ConnectionClosed() { metrics_.ConnectionClosed(); }

void AccessLog::RequestAnswered(const AnsweredRequest& answered) {
  metrics_.RequestAnswered(answered.route, answered.method, answered.status,
                           answered.elapsed);
  if (!quota_.Take()) {
    metrics_.LogLineDropped();
    return;
  }
  const log::Fields fields = {
      {"request_id", answered.request_id},
      {"method", answered.method},
      {"route", answered.route},
      {"status", answered.status},
      {"elapsed_ms", absl::ToDoubleMilliseconds(answered.elapsed)},
      {"request_bytes", answered.request_body_bytes},
      {"response_bytes", answered.response_body_bytes},
      {"fault", answered.fault}};
  if (answered.fault.empty()) {
    log::Info("request answered", fields);
  } else {
    log::Warning("request answered", fields);
  }
}

}  // namespace causeway::gateway
