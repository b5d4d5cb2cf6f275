#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_METRICS_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_METRICS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "services/registry/registrar.h"

namespace prometheus {
class Counter;
template <typename T>
class Family;
class Gauge;
class Registry;
}  // namespace prometheus

namespace causeway::registry {

// What the registry tells Prometheus, besides what every service does:
//
//   causeway_registry_revision                                      gauge
//   causeway_registry_registrations                                 gauge
//   causeway_registry_watchers                                      gauge
//   causeway_registry_requests_total{outcome="created|replaced|
//       unchanged|unregistered|invalid|forbidden|conflict|failed"}  counter
//   causeway_registry_refresh_failures_total                        counter
//   causeway_registry_expired_registrations_total                   counter
//   causeway_registry_files{state="taken|put_aside|left_out"}       gauge
//
// Thread-safe.
class RegistryMetrics {
 public:
  // `registry` must outlive it.
  explicit RegistryMetrics(prometheus::Registry& registry);

  // A revision has come into force in this replica.
  void RevisionReached(int64_t revision, int registration_count);
  // The store could not be read for news.
  void RefreshFailed();

  // A registration has ended with its grant's time.
  void RegistrationExpired();

  // Of the directory of registration files.
  void FilesCounted(int taken, int put_aside, int left_out);

  void WatcherCame();
  void WatcherWent();

  void RegisterFinished(const absl::StatusOr<Registrar::Registered>& result);
  void UnregisterFinished(const absl::Status& status);

 private:
  prometheus::Counter& FailureCounter(const absl::Status& status);

  prometheus::Gauge& revision_;
  prometheus::Gauge& registrations_;
  prometheus::Gauge& watchers_;
  prometheus::Counter& refresh_failures_;
  prometheus::Counter& expired_;
  prometheus::Family<prometheus::Gauge>& files_;
  prometheus::Gauge& files_taken_;
  prometheus::Gauge& files_put_aside_;
  prometheus::Gauge& files_left_out_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Counter& created_;
  prometheus::Counter& replaced_;
  prometheus::Counter& unchanged_;
  prometheus::Counter& unregistered_;
  prometheus::Counter& invalid_;
  prometheus::Counter& forbidden_;
  prometheus::Counter& conflict_;
  prometheus::Counter& failed_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_METRICS_H_
