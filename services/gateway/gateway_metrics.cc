#include "services/gateway/gateway_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "services/shared/server/metrics.h"

namespace causeway::gateway {
namespace {

std::string MethodLabel(absl::string_view method) {
  constexpr std::array<absl::string_view, 7> kMethods = {
      "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end()
             ? std::string(method)
             : "other";
}

prometheus::Family<prometheus::Counter>& RateLimitedFamily(
    prometheus::Registry& registry) {
  return prometheus::BuildCounter()
      .Name("causeway_gateway_rate_limited_total")
      .Help("Requests refused with 429, by what they were counted for.")
      .Register(registry);
}

}  // namespace

GatewayMetrics::GatewayMetrics(prometheus::Registry& registry)
    : requests_(prometheus::BuildCounter()
                    .Name("causeway_gateway_http_requests_total")
                    .Help("HTTP requests answered, by route pattern.")
                    .Register(registry)),
      durations_(
          prometheus::BuildHistogram()
              .Name("causeway_gateway_http_request_duration_seconds")
              .Help("From the last byte of a request to the last of its answer;"
                    " of long polls too.")
              .Register(registry)),
      connections_(prometheus::BuildGauge()
                       .Name("causeway_gateway_http_connections")
                       .Help("HTTP connections that are open.")
                       .Register(registry)
                       .Add({})),
      log_lines_dropped_(
          prometheus::BuildCounter()
              .Name("causeway_gateway_access_log_lines_dropped_total")
              .Help("Requests that were not logged because too many were.")
              .Register(registry)
              .Add({})),
      limited_users_(RateLimitedFamily(registry).Add({{"bucket", "user"}})),
      limited_addresses_(
          RateLimitedFamily(registry).Add({{"bucket", "address"}})),
      limited_address_people_(
          RateLimitedFamily(registry).Add({{"bucket", "address_people"}})),
      limited_accounts_(
          RateLimitedFamily(registry).Add({{"bucket", "account"}})),
      handshake_failures_(
          prometheus::BuildCounter()
              .Name("causeway_gateway_tls_handshake_failures_total")
              .Help("Connections that ended before a request because the TLS "
                    "handshake failed.")
              .Register(registry)
              .Add({})),
      certificate_expiry_(
          prometheus::BuildGauge()
              .Name("causeway_gateway_tls_certificate_expiry_timestamp_seconds")
              .Help("When the certificate that clients see expires, in Unix "
                    "time.")
              .Register(registry)) {}

void GatewayMetrics::ConnectionOpened() { connections_.Increment(); }

void GatewayMetrics::ConnectionClosed() { connections_.Decrement(); }

void GatewayMetrics::RateLimited(LimitedBy bucket) {
  switch (bucket) {
    case LimitedBy::kUser:
      return limited_users_.Increment();
    case LimitedBy::kAddress:
      return limited_addresses_.Increment();
    case LimitedBy::kAddressPeople:
      return limited_address_people_.Increment();
    case LimitedBy::kAccount:
      return limited_accounts_.Increment();
  }
}

void GatewayMetrics::HandshakeFailed() { handshake_failures_.Increment(); }

void GatewayMetrics::CertificateShown(absl::Time expiry) {
  certificate_expiry_.Add({}).Set(
      static_cast<double>(absl::ToUnixSeconds(expiry)));
}

void GatewayMetrics::LogLineDropped() { log_lines_dropped_.Increment(); }

void GatewayMetrics::RequestAnswered(absl::string_view route,
                                     absl::string_view method, int status,
                                     absl::Duration elapsed) {
  const std::string route_label(route.empty() ? "none" : route);
  const std::string method_label = MethodLabel(method);
  absl::MutexLock lock(&mu_);
  prometheus::Counter*& requests =
      requests_by_labels_[{route_label, method_label, status}];
  if (requests == nullptr) {
    requests = &requests_.Add({{"route", route_label},
                               {"method", method_label},
                               {"code", absl::StrCat(status)}});
  }
  requests->Increment();
  prometheus::Histogram*& duration = durations_by_route_[route_label];
  if (duration == nullptr) {
    duration =
        &durations_.Add({{"route", route_label}}, server::DurationBuckets());
  }
  duration->Observe(absl::ToDoubleSeconds(elapsed));
}

}  // namespace causeway::gateway
