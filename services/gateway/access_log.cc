#include "services/gateway/access_log.h"

#include "absl/time/time.h"
#include "services/shared/server/logging.h"

namespace causeway::gateway {

namespace {

// Anybody can have them fail, without a limit.
constexpr int kHandshakeLinesPerSecondMax = 1;

}  // namespace

AccessLog::AccessLog(Options options, GatewayMetrics& metrics,
                     const Clock& clock)
    : quota_(options.lines_per_second_max, clock),
      handshake_quota_(kHandshakeLinesPerSecondMax, clock),
      metrics_(metrics) {}

void AccessLog::HandshakeFailed(absl::string_view why) {
  metrics_.HandshakeFailed();
  if (handshake_quota_.Take()) {
    log::Info("a TLS handshake failed", {{"error", why}});
  }
}

void AccessLog::CertificateShown(absl::Time expiry) {
  metrics_.CertificateShown(expiry);
}

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
