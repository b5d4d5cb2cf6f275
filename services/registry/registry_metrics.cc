#include "services/registry/registry_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <string>

namespace causeway::registry {
namespace {

prometheus::Gauge& Gauge(prometheus::Registry& registry,
                         const std::string& name, const std::string& help) {
  return prometheus::BuildGauge()
      .Name("causeway_registry_" + name)
      .Help(help)
      .Register(registry)
      .Add({});
}

prometheus::Family<prometheus::Counter>& Counters(
    prometheus::Registry& registry, const std::string& name,
    const std::string& help) {
  return prometheus::BuildCounter()
      .Name("causeway_registry_" + name)
      .Help(help)
      .Register(registry);
}

}  // namespace

RegistryMetrics::RegistryMetrics(prometheus::Registry& registry)
    : revision_(Gauge(registry, "revision",
                      "The revision that this replica tells its watchers.")),
      registrations_(Gauge(registry, "registrations",
                           "Application services in the revision that this "
                           "replica tells its watchers.")),
      watchers_(Gauge(registry, "watchers",
                      "Consumers that follow the registry here.")),
      refresh_failures_(
          Counters(registry, "refresh_failures_total",
                   "How often the database could not be read for news.")
              .Add({})),
      expired_(Counters(registry, "expired_registrations_total",
                        "Registrations that have ended with their grants' "
                        "time.")
                   .Add({})),
      files_(prometheus::BuildGauge()
                 .Name("causeway_registry_files")
                 .Help("Registration files of the directory, by what became "
                       "of them.")
                 .Register(registry)),
      files_taken_(files_.Add({{"state", "taken"}})),
      files_put_aside_(files_.Add({{"state", "put_aside"}})),
      files_left_out_(files_.Add({{"state", "left_out"}})),
      requests_(Counters(registry, "requests_total",
                         "Requests to register or unregister, by outcome.")),
      created_(requests_.Add({{"outcome", "created"}})),
      replaced_(requests_.Add({{"outcome", "replaced"}})),
      unchanged_(requests_.Add({{"outcome", "unchanged"}})),
      unregistered_(requests_.Add({{"outcome", "unregistered"}})),
      invalid_(requests_.Add({{"outcome", "invalid"}})),
      forbidden_(requests_.Add({{"outcome", "forbidden"}})),
      conflict_(requests_.Add({{"outcome", "conflict"}})),
      failed_(requests_.Add({{"outcome", "failed"}})) {}

void RegistryMetrics::RevisionReached(int64_t revision,
                                      int registration_count) {
  revision_.Set(static_cast<double>(revision));
  registrations_.Set(registration_count);
}

void RegistryMetrics::RefreshFailed() { refresh_failures_.Increment(); }

void RegistryMetrics::RegistrationExpired() { expired_.Increment(); }

void RegistryMetrics::FilesCounted(int taken, int put_aside, int left_out) {
  files_taken_.Set(taken);
  files_put_aside_.Set(put_aside);
  files_left_out_.Set(left_out);
}

void RegistryMetrics::WatcherCame() { watchers_.Increment(); }

void RegistryMetrics::WatcherWent() { watchers_.Decrement(); }

void RegistryMetrics::RegisterFinished(
    const absl::StatusOr<Registrar::Registered>& result) {
  if (!result.ok()) {
    FailureCounter(result.status()).Increment();
    return;
  }
  switch (result->outcome) {
    case Registrar::Outcome::kCreated:
      created_.Increment();
      break;
    case Registrar::Outcome::kReplaced:
      replaced_.Increment();
      break;
    case Registrar::Outcome::kUnchanged:
      unchanged_.Increment();
      break;
  }
}

void RegistryMetrics::UnregisterFinished(const absl::Status& status) {
  (status.ok() ? unregistered_ : FailureCounter(status)).Increment();
}

prometheus::Counter& RegistryMetrics::FailureCounter(
    const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return invalid_;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kNotFound:
      return forbidden_;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kResourceExhausted:
      return conflict_;
    default:
      return failed_;
  }
}

}  // namespace causeway::registry
