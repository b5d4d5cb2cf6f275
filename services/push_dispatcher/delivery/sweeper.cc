#include "services/push_dispatcher/delivery/sweeper.h"

#include <algorithm>
#include <vector>

namespace causeway::push {
namespace {

// A sweep comes at least so many times as long after the last one as that took.
constexpr int kPauseOfSweep = 20;

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
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      mu_.AwaitWithTimeout(absl::Condition(&stopping_),
                           more ? absl::ZeroDuration() : options_.interval);
      if (stopping_) return;
    }
    if (!more) Measure();
    const absl::Duration start = clock_.MonotonicNow();
    if (!more && start < sweep_due) continue;
    more = Sweep();
    const absl::Duration end = clock_.MonotonicNow();
    sweep_due = end + kPauseOfSweep * (end - start);
  }
}

// Failures need no words here: the database is away, and others say so.
bool Sweeper::Sweep() {
  const absl::StatusOr<Swept> swept = store_.Sweep(options_.sweep);
  if (!swept.ok()) return false;
  metrics_.Swept(swept->entry_count, swept->segment_count,
                 swept->dropped_generations);
  metrics_.SetStored(swept->generations, swept->stored_bytes);
  return swept->more;
}

void Sweeper::Measure() {
  metrics_.SetPhases(loop_.CountPhases());
  const absl::StatusOr<std::vector<QueueSummary>> queues =
      store_.ListQueues("", kAppserviceLabelsMax);
  if (!queues.ok()) return;
  std::vector<PushMetrics::QueueDepth> depths;
  for (const QueueSummary& queue : *queues) {
    absl::Duration age;
    if (queue.oldest_time.has_value()) age = clock_.Now() - *queue.oldest_time;
    depths.push_back({.appservice_id = queue.appservice_id,
                      .events = queue.queued_events,
                      .oldest_age = std::max(age, absl::ZeroDuration())});
  }
  metrics_.SetQueueDepths(depths);
}

}  // namespace causeway::push
