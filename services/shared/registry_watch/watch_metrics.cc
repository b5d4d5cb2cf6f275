#include "services/shared/registry_watch/watch_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <string>

namespace causeway::registry_watch {
namespace {

prometheus::Gauge& Gauge(prometheus::Registry& registry,
                         const std::string& name, const std::string& help) {
  return prometheus::BuildGauge()
      .Name("causeway_registry_watch_" + name)
      .Help(help)
      .Register(registry)
      .Add({});
}

prometheus::Counter& Counter(prometheus::Registry& registry,
                             const std::string& name, const std::string& help) {
  return prometheus::BuildCounter()
      .Name("causeway_registry_watch_" + name)
      .Help(help)
      .Register(registry)
      .Add({});
}

}  // namespace

WatchMetrics::WatchMetrics(prometheus::Registry& registry)
    : revision_(Gauge(registry, "revision",
                      "The revision of the registry that is in force here.")),
      registrations_(
          Gauge(registry, "registrations",
                "Application services in the revision that is in force here.")),
      last_message_timestamp_(
          Gauge(registry, "last_message_timestamp_seconds",
                "When the registry was last heard of, in Unix time.")),
      interruptions_(
          Counter(registry, "interruptions_total",
                  "How often the stream from the registry has ended.")),
      unusable_revisions_(
          Counter(registry, "unusable_revisions_total",
                  "Revisions left out because they could not be compiled.")) {}

void WatchMetrics::MessageReceived(absl::Time now) {
  last_message_timestamp_.Set(absl::ToDoubleSeconds(now - absl::UnixEpoch()));
}

void WatchMetrics::RevisionReached(int64_t revision,
                                   int64_t registration_count) {
  revision_.Set(static_cast<double>(revision));
  registrations_.Set(static_cast<double>(registration_count));
}

void WatchMetrics::Interrupted() { interruptions_.Increment(); }

void WatchMetrics::RevisionUnusable() { unusable_revisions_.Increment(); }

}  // namespace causeway::registry_watch
