#include "services/push_dispatcher/delivery/sweeper.h"

#include "services/push_dispatcher/delivery/queue_measure.h"

namespace causeway::push {

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
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      mu_.AwaitWithTimeout(absl::Condition(&stopping_),
                           more ? absl::ZeroDuration() : options_.interval);
      if (stopping_) return;
    }
    if (!more) MeasureQueues(store_, loop_, clock_, metrics_);
    more = Sweep();
  }
}

// Failures need no words here: the database is away, and others say so.
bool Sweeper::Sweep() {
  const absl::StatusOr<Swept> swept =
      store_.Sweep(next_, options_.entries_max, options_.segments_max);
  if (!swept.ok()) return false;
  metrics_.Swept(swept->entry_count, swept->segment_count);
  next_ = swept->next;
  return swept->entry_count >= options_.entries_max || next_ != SegmentKey();
}

}  // namespace causeway::push
