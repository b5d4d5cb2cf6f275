#ifndef CAUSEWAY_SERVICES_GATEWAY_GATEWAY_METRICS_H_
#define CAUSEWAY_SERVICES_GATEWAY_GATEWAY_METRICS_H_

#include <map>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace prometheus {
class Counter;
template <typename T>
class Family;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace causeway::gateway {

// What a request that is refused with 429 was counted for (rate_limits.h).
enum class LimitedBy { kUser, kAddress, kAddressPeople, kAccount };

// What the gateway tells Prometheus:
//
//   causeway_gateway_http_requests_total{route,method,code}         counter
//   causeway_gateway_http_request_duration_seconds{route}           histogram
//   causeway_gateway_http_connections                               gauge
//   causeway_gateway_access_log_lines_dropped_total                 counter
//   causeway_gateway_rate_limited_total{bucket}                     counter
//   causeway_gateway_tls_handshake_failures_total                   counter
//   causeway_gateway_tls_certificate_expiry_timestamp_seconds       gauge
//
// `route` is a pattern of the route table, "none" for what reached no route;
// `method` is one of HTTP's, "other" for what a client made up; `code` is the
// status; `bucket` is one of LimitedBy. None of them is text that a client
// chooses.
//
// Thread-safe.
class GatewayMetrics {
 public:
  // One for each registry, which must outlive it.
  explicit GatewayMetrics(prometheus::Registry& registry);

  void ConnectionOpened();
  void ConnectionClosed();
  // `route` is empty when there was none.
  void RequestAnswered(absl::string_view route, absl::string_view method,
                       int status, absl::Duration elapsed)
      ABSL_LOCKS_EXCLUDED(mu_);
  void LogLineDropped();
  // A request was refused because there were too many. `bucket`: see above.
  void RateLimited(LimitedBy bucket);
  void HandshakeFailed();
  void CertificateShown(absl::Time expiry);

 private:
  using Labels = std::tuple<std::string, std::string, int>;

  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Gauge& connections_;
  prometheus::Counter& log_lines_dropped_;
  prometheus::Counter& limited_users_;
  prometheus::Counter& limited_addresses_;
  prometheus::Counter& limited_address_people_;
  prometheus::Counter& limited_accounts_;
  prometheus::Counter& handshake_failures_;
  // Without TLS it has no sample.
  prometheus::Family<prometheus::Gauge>& certificate_expiry_;
  absl::Mutex mu_;
  // Found once: a look-up by labels costs microseconds.
  std::map<Labels, prometheus::Counter*> requests_by_labels_
      ABSL_GUARDED_BY(mu_);
  std::map<std::string, prometheus::Histogram*> durations_by_route_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_GATEWAY_METRICS_H_
