#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_METRICS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_METRICS_H_

#include <cstdint>
#include <map>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/delivery_state.h"
#include "services/push_dispatcher/core/ephemeral_buffer.h"
#include "services/push_dispatcher/core/lease_rules.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/queue_metrics.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace causeway::push {

// What push_dispatcher tells Prometheus. The names and what they mean stand in
// the .cc.
//
// Thread-safe.
class PushMetrics {
 public:
  // One for each registry, which must outlive it.
  explicit PushMetrics(prometheus::Registry& registry);

  // A Publish was answered, or failed.
  void PublishAnswered(ChainOutcome outcome);
  void PublishFailed();
  // A source has begun another history.
  void SourceRestarted();
  // A batch of records was committed.
  void BatchCommitted(int64_t record_count, int64_t segment_bytes,
                      int64_t entry_count, absl::Duration elapsed);
  // For how much of the time something was to be taken in lately, 0 to 1.
  void SetIngestLoad(double load);

  // An attempt to deliver a transaction ended.
  void TransactionFinished(AttemptOutcome outcome, absl::Duration elapsed);
  // An attempt with ephemeral data alone ended.
  void EphemeralFinished(AttemptOutcome outcome);
  // What became of the ephemeral data of one queue.
  void EphemeralChanged(const EphemeralCounts& before,
                        const EphemeralCounts& after);
  // Some was lost on the way to the replica that owns its queue.
  void EphemeralLost(int64_t item_count);
  // A sealed transaction has ended.
  void TransactionSettled(Settlement::Kind kind, int64_t event_count);
  // A queue has to wait for its turn because it has so little.
  void SmallTransactionHeld();
  // Seals and acknowledgements of this many queues were committed together.
  void HeadsCommitted(int64_t queue_count, absl::Duration elapsed);
  // A sealed transaction could not be made again.
  void SealNotReproduced();

  // A queue changed hands. `in_order`: it was let go of for another, or at the
  // end of the process.
  void LeaseAcquired(LeaseOrigin origin);
  void LeaseLost(bool in_order);
  // How many nobody holds now, as this replica knows.
  void SetUnheldQueues(int64_t queue_count);

  // Space was given back: of rows, one by one, and of whole generations.
  void Swept(int64_t entry_count, int64_t segment_count,
             int64_t generation_count);
  // Records were dropped, being too old.
  void RecordsForgotten(int64_t set_aside_count, int64_t audit_record_count);
  // What the store holds, on disk.
  void SetStored(int64_t generation_count, int64_t bytes);

  // How many of the queues that this replica owns are in which phase.
  void SetPhases(const std::map<Phase, int64_t>& queue_counts);

  // Of each queue.
  QueueMetrics& queues() { return queue_metrics_; }

 private:
  std::map<ChainOutcome, prometheus::Counter*> publishes_;
  prometheus::Counter& publish_failures_;
  prometheus::Counter& source_restarts_;
  prometheus::Counter& records_;
  prometheus::Counter& segment_bytes_;
  prometheus::Counter& entries_;
  prometheus::Histogram& batch_records_;
  prometheus::Histogram& batch_duration_;
  prometheus::Gauge& ingest_load_;
  std::map<AttemptOutcome, prometheus::Counter*> attempts_;
  prometheus::Histogram& attempt_duration_;
  std::map<AttemptOutcome, prometheus::Counter*> ephemeral_attempts_;
  prometheus::Counter& ephemeral_queued_;
  struct FateCounter {
    int64_t EphemeralCounts::*count = nullptr;
    prometheus::Counter* counter = nullptr;
  };
  std::vector<FateCounter> ephemeral_fates_;
  prometheus::Counter* ephemeral_lost_ = nullptr;
  struct SettledCounters {
    prometheus::Counter* transactions = nullptr;
    prometheus::Counter* events = nullptr;
  };
  std::map<Settlement::Kind, SettledCounters> settled_;
  prometheus::Counter& small_transactions_held_;
  prometheus::Histogram& commit_queues_;
  prometheus::Histogram& commit_duration_;
  prometheus::Counter& seals_not_reproduced_;
  std::map<LeaseOrigin, prometheus::Counter*> leases_acquired_;
  prometheus::Counter& leases_let_go_;
  prometheus::Counter& leases_lost_;
  prometheus::Gauge& unheld_queues_;
  prometheus::Counter& swept_entries_;
  prometheus::Counter& swept_segments_;
  prometheus::Counter& dropped_generations_;
  prometheus::Counter& forgotten_set_aside_;
  prometheus::Counter& forgotten_audit_;
  prometheus::Gauge& generations_;
  prometheus::Gauge& stored_bytes_;
  std::map<Phase, prometheus::Gauge*> phases_;
  QueueMetrics queue_metrics_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_METRICS_H_
