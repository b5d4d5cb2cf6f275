#ifndef CAUSEWAY_TESTS_BENCH_REGISTRY_CONSUMER_H_
#define CAUSEWAY_TESTS_BENCH_REGISTRY_CONSUMER_H_

#include <grpcpp/channel.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_watcher.h"
#include "services/shared/registry_watch/watch_metrics.h"

namespace causeway::bench {

// What every service has: a live copy of the registry, ready to be used when it
// counts as there. Thread-safe.
class Consumer {
 public:
  explicit Consumer(const std::shared_ptr<grpc::Channel>& channel);

  // When it has come to `revision`, on the monotonic clock: waits for it if
  // need be. Ends the process if that takes too long. Only for revisions that
  // no later one has been asked for.
  absl::Duration ReachedAt(int64_t revision) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  const RealClock clock_;
  absl::Mutex mu_;
  int64_t revision_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration reached_at_ ABSL_GUARDED_BY(mu_);
  prometheus::Registry prometheus_;
  registry_watch::WatchMetrics metrics_{prometheus_};
  registry_watch::LatestSnapshot latest_;
  std::unique_ptr<registry_watch::RegistryWatcher> watcher_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_REGISTRY_CONSUMER_H_
