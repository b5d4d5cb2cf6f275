#include "services/shared/postgres/pool_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "services/shared/server/metrics.h"

namespace causeway::postgres {

PoolMetrics::PoolMetrics(prometheus::Registry& registry)
    : in_use_(prometheus::BuildGauge()
                  .Name("causeway_postgres_connections_in_use")
                  .Help("Transactions that hold a connection now.")
                  .Register(registry)
                  .Add({})),
      max_(prometheus::BuildGauge()
               .Name("causeway_postgres_connections_max")
               .Help("How many transactions can hold a connection at once.")
               .Register(registry)
               .Add({})),
      acquire_duration_(
          prometheus::BuildHistogram()
              .Name("causeway_postgres_acquire_duration_seconds")
              .Help("How long transactions waited for their connection.")
              .Register(registry)
              .Add({}, server::DurationBuckets())),
      acquire_failures_(prometheus::BuildCounter()
                            .Name("causeway_postgres_acquire_failures_total")
                            .Help("Transactions that got no connection.")
                            .Register(registry)
                            .Add({})) {}

void PoolMetrics::PoolMade(int connections_max) {
  max_.Increment(connections_max);
}

void PoolMetrics::ConnectionAcquired(absl::Duration waited) {
  in_use_.Increment();
  acquire_duration_.Observe(absl::ToDoubleSeconds(waited));
}

void PoolMetrics::AcquireFailed() { acquire_failures_.Increment(); }

void PoolMetrics::ConnectionReleased() { in_use_.Decrement(); }

}  // namespace causeway::postgres
