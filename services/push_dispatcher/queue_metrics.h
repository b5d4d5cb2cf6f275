#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_METRICS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_METRICS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/delivery/queue_state.h"
#include "services/push_dispatcher/delivery/queue_totals.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
template <typename T>
class Family;
}  // namespace prometheus

namespace causeway::push {

// What Prometheus is told of each queue. Set as a whole now and then, from what
// others have counted: what happens half a million times a second doesn't come
// here.
//
// Thread-safe.
class QueueMetrics {
 public:
  struct Figures {
    AppserviceUid uid = 0;
    std::string appservice_id;
    // If this process owns the queue.
    struct Head {
      int64_t events = 0;  // Not acknowledged.
      absl::Duration oldest_age = absl::ZeroDuration();
      QueueState state = QueueState::kIdle;
      int64_t attempts = 0;
    };
    std::optional<Head> head = std::nullopt;
    // If it ever did.
    std::optional<QueueTotals> totals = std::nullopt;
  };

  // One for each registry, which must outlive it.
  explicit QueueMetrics(prometheus::Registry& registry);
  ~QueueMetrics();

  // Replaces all that was said about queues before: of those that aren't among
  // `queues` nothing is said any more, but that there are `left_out` of them.
  void Set(const std::vector<Figures>& queues, int64_t left_out = 0)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  class Series;  // Of one queue.
  struct Families {
    prometheus::Family<prometheus::Gauge>& events;
    prometheus::Family<prometheus::Gauge>& oldest_age;
    prometheus::Family<prometheus::Gauge>& state;
    prometheus::Family<prometheus::Gauge>& head_attempts;
    prometheus::Family<prometheus::Counter>& attempts;
    prometheus::Family<prometheus::Histogram>& attempt_duration;
    prometheus::Family<prometheus::Counter>& settled;
    prometheus::Family<prometheus::Counter>& leases;
  };

  Families families_;
  prometheus::Gauge& unmeasured_;
  absl::Mutex mu_;
  std::map<std::string, std::unique_ptr<Series>> queues_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_QUEUE_METRICS_H_
