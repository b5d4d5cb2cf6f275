#include "services/registry/registry_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <string>

#include "absl/status/status.h"
#include "services/registry/registrar.h"
#include "services/shared/server/metrics.h"

namespace causeway::registry {
namespace {

using ::testing::HasSubstr;

TEST(RegistryMetricsTest, OutcomesAreCounted) {
  prometheus::Registry registry;
  RegistryMetrics metrics(registry);
  Registrar::Registered created;
  created.outcome = Registrar::Outcome::kCreated;
  metrics.RegisterFinished(created);
  metrics.RegisterFinished(absl::AlreadyExistsError("overlap"));
  metrics.RegisterFinished(absl::InvalidArgumentError("regex"));
  metrics.UnregisterFinished(absl::PermissionDeniedError("token"));
  metrics.UnregisterFinished(absl::UnavailableError("database"));
  metrics.UnregisterFinished(absl::OkStatus());
  const std::string text = server::MetricsText(registry);
  for (const char* outcome : {"created", "conflict", "invalid", "forbidden",
                              "failed", "unregistered"}) {
    EXPECT_THAT(text, HasSubstr(std::string("requests_total{outcome=\"") +
                                outcome + "\"} 1"));
  }
  EXPECT_THAT(text, HasSubstr("requests_total{outcome=\"replaced\"} 0"));
}

TEST(RegistryMetricsTest, GaugesFollow) {
  prometheus::Registry registry;
  RegistryMetrics metrics(registry);
  metrics.RevisionReached(7, 3);
  metrics.WatcherCame();
  metrics.WatcherCame();
  metrics.WatcherWent();
  metrics.RegistrationExpired();
  metrics.FilesCounted(4, 5, 6);
  const std::string text = server::MetricsText(registry);
  EXPECT_THAT(text, HasSubstr("causeway_registry_revision 7"));
  EXPECT_THAT(text, HasSubstr("causeway_registry_registrations 3"));
  EXPECT_THAT(text, HasSubstr("causeway_registry_watchers 1"));
  EXPECT_THAT(text,
              HasSubstr("causeway_registry_expired_registrations_total 1"));
  EXPECT_THAT(text, HasSubstr("causeway_registry_files{state=\"taken\"} 4"));
  EXPECT_THAT(text,
              HasSubstr("causeway_registry_files{state=\"put_aside\"} 5"));
  EXPECT_THAT(text, HasSubstr("causeway_registry_files{state=\"left_out\"} 6"));
}

}  // namespace
}  // namespace causeway::registry
