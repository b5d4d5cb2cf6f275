#ifndef CAUSEWAY_SERVICES_GATEWAY_ACCESS_LOG_H_
#define CAUSEWAY_SERVICES_GATEWAY_ACCESS_LOG_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/http/http_observer.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/line_quota.h"

namespace causeway::gateway {

// Counts every request and writes a line for it, by which an operator finds its
// request ID; but no more lines a second than lines_per_second_max. What isn't
// logged is counted.
//
// A line has the route's pattern, never the path: paths name users and rooms,
// queries carry tokens.
//
// Thread-safe.
class AccessLog final : public HttpObserver {
 public:
  struct Options {
    int lines_per_second_max = 100;
  };

  // `metrics` and `clock` must outlive the log.
  AccessLog(Options options, GatewayMetrics& metrics, const Clock& clock);

  void ConnectionOpened() override;
  void ConnectionClosed() override;
  void RequestAnswered(const AnsweredRequest& answered) override;
  void HandshakeFailed(absl::string_view why) override;
  void CertificateShown(absl::Time expiry) override;

 private:
  server::LineQuota quota_;
  server::LineQuota handshake_quota_;
  GatewayMetrics& metrics_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_ACCESS_LOG_H_
