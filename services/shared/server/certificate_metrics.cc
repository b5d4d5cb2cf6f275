#include "services/shared/server/certificate_metrics.h"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "absl/time/time.h"
#include "services/shared/tls/pem_files.h"

namespace causeway::server {

CertificateMetrics::CertificateMetrics(prometheus::Registry& registry)
    : expiries_(
          prometheus::BuildGauge()
              .Name("causeway_tls_certificate_expiry_timestamp_seconds")
              .Help("When the certificate in the file of --tls_certificate "
                    "expires, in Unix time.")
              .Register(registry)) {}

void CertificateMetrics::Refresh(const std::string& certificate) {
  const absl::StatusOr<absl::Time> expiry = tls::ExpiryTime(certificate);
  expiries_.Add({}).Set(
      expiry.ok() ? static_cast<double>(absl::ToUnixSeconds(*expiry)) : 0);
}

}  // namespace causeway::server
