#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_POOL_METRICS_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_POOL_METRICS_H_

#include "absl/time/time.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace causeway::postgres {

// What the pools of a process tell Prometheus, all in one:
//
//   causeway_postgres_connections_in_use                gauge
//   causeway_postgres_connections_max                   gauge
//   causeway_postgres_acquire_duration_seconds          histogram
//   causeway_postgres_acquire_failures_total            counter
//
// Thread-safe.
class PoolMetrics {
 public:
  // One for each registry, which must outlive it.
  explicit PoolMetrics(prometheus::Registry& registry);

  // There is one more pool, of so many connections, for as long as the process.
  void PoolMade(int connections_max);
  // A transaction got its connection after waiting for `waited`.
  void ConnectionAcquired(absl::Duration waited);
  // A transaction got none: all were in use for too long, or none can be made.
  void AcquireFailed();
  void ConnectionReleased();

 private:
  prometheus::Gauge& in_use_;
  prometheus::Gauge& max_;
  prometheus::Histogram& acquire_duration_;
  prometheus::Counter& acquire_failures_;
};

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_POOL_METRICS_H_
