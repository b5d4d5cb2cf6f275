#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_WATCH_METRICS_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_WATCH_METRICS_H_

#include <cstdint>

#include "absl/time/time.h"

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace causeway::registry_watch {

// What a consumer of the registry tells Prometheus. How old its knowledge may
// be is time() minus the last message's:
//
//   causeway_registry_watch_revision                        gauge
//   causeway_registry_watch_registrations                   gauge
//   causeway_registry_watch_last_message_timestamp_seconds  gauge
//   causeway_registry_watch_interruptions_total             counter
//   causeway_registry_watch_unusable_revisions_total        counter
//
// Thread-safe.
class WatchMetrics {
 public:
  // `registry` must outlive it.
  explicit WatchMetrics(prometheus::Registry& registry);

  void MessageReceived(absl::Time now);
  void RevisionReached(int64_t revision, int64_t registration_count);
  // The stream ended, or has been silent for too long.
  void Interrupted();
  // A revision could not be made into a snapshot.
  void RevisionUnusable();

 private:
  prometheus::Gauge& revision_;
  prometheus::Gauge& registrations_;
  prometheus::Gauge& last_message_timestamp_;
  prometheus::Counter& interruptions_;
  prometheus::Counter& unusable_revisions_;
};

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_WATCH_METRICS_H_
