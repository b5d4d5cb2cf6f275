#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_CERTIFICATE_METRICS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_CERTIFICATE_METRICS_H_

#include <string>

namespace prometheus {
class Gauge;
template <typename T>
class Family;
class Registry;
}  // namespace prometheus

namespace causeway::server {

// What a process with TLS tells Prometheus about its certificate:
//
//   causeway_tls_certificate_expiry_timestamp_seconds     gauge
//
// Thread-compatible.
class CertificateMetrics {
 public:
  // One for each registry, which must outlive it.
  explicit CertificateMetrics(prometheus::Registry& registry);

  // Reads the file as it is now: it may have been replaced. 0 when it is bad.
  void Refresh(const std::string& certificate);

 private:
  prometheus::Family<prometheus::Gauge>& expiries_;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_CERTIFICATE_METRICS_H_
