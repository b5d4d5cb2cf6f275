#include "services/push_dispatcher/delivery/sweeper.h"

#include "services/push_dispatcher/delivery/queue_measure.h"
#include "services/shared/server/logging.h"

namespace causeway::push {
namespace {

// A sweep, or a measurement, comes at least so many times as long after the
// last one as that took.
constexpr int kPause = 20;

}  // namespace

Sweeper::Sweeper(Options options, OperatorStore& store,
                 const DeliveryLoop& loop, const Clock& clock,
                 PushMetrics& metrics)
    : options_(options),
      store_(store),
      loop_(loop),
      clock_(clock),
      metrics_(metrics),
      thread_([this] { Run(); }) {}

Sweeper::~Sweeper() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

void Sweeper::Run() {
  bool more = false;
  absl::Duration sweep_due;
  absl::Duration measure_due;
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      mu_.AwaitWithTimeout(absl::Condition(&stopping_),
                           more ? absl::ZeroDuration() : options_.interval);
      if (stopping_) return;
    }
    const absl::Duration before = clock_.MonotonicNow();
    if (!more && before >= measure_due) {
      MeasureQueues(store_, loop_, clock_, options_.measured_queues_max,
                    metrics_);
      const absl::Duration after = clock_.MonotonicNow();
      measure_due = after + kPause * (after - before);
    }
    const absl::Duration start = clock_.MonotonicNow();
    if (!more && start < sweep_due) continue;
    more = Sweep();
    const absl::Duration end = clock_.MonotonicNow();
    sweep_due = end + kPause * (end - start);
  }
}

// Failures need no words here: the database is away, and others say so.
bool Sweeper::Sweep() {
  const absl::StatusOr<Swept> swept = store_.Sweep(options_.sweep);
  if (!swept.ok()) return false;
  metrics_.Swept(swept->entry_count, swept->segment_count,
                 swept->dropped_generations);
  metrics_.SetStored(swept->generations, swept->stored_bytes);
  metrics_.RecordsForgotten(swept->set_aside_count, swept->audit_record_count);
  if (swept->set_aside_count + swept->audit_record_count > 0) {
    log::Info("records were dropped, being too old",
              {{"set_aside_transactions", swept->set_aside_count},
               {"audit_records", swept->audit_record_count}});
  }
  return swept->more;
}

}  // namespace causeway::push
