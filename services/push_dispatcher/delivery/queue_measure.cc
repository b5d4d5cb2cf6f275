#include "services/push_dispatcher/delivery/queue_measure.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "services/push_dispatcher/delivery/queue_state.h"

namespace causeway::push {

void MeasureQueues(OperatorStore& store, const DeliveryLoop& loop,
                   const Clock& clock, PushMetrics& metrics) {
  metrics.SetPhases(loop.CountPhases());
  const absl::StatusOr<std::vector<QueueSummary>> summaries =
      store.ListQueues("", kAppserviceLabelsMax);
  if (!summaries.ok()) return;
  std::vector<QueueMetrics::Figures> queues;
  for (const QueueSummary& summary : *summaries) {
    QueueMetrics::Figures figures = {.uid = summary.uid,
                                     .appservice_id = summary.appservice_id,
                                     .events = summary.queued_events,
                                     .totals = loop.Totals(summary.uid)};
    if (summary.oldest_time.has_value()) {
      figures.oldest_age =
          std::max(clock.Now() - *summary.oldest_time, absl::ZeroDuration());
    }
    const std::optional<DeliveryStatus> status = loop.Status(summary.uid);
    if (status.has_value()) {
      figures.head = {.state = StateOf(*status), .attempts = status->attempts};
    }
    queues.push_back(std::move(figures));
  }
  metrics.queues().Set(queues);
}

}  // namespace causeway::push
