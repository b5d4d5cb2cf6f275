#include "services/push_dispatcher/delivery/queue_measure.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "services/push_dispatcher/delivery/queue_state.h"

namespace causeway::push {

void MeasureQueues(OperatorStore& store, const DeliveryLoop& loop,
                   const Clock& clock, size_t queues_max,
                   PushMetrics& metrics) {
  metrics.SetPhases(loop.CountPhases());
  // A uid is given when somebody registers: who came first keeps its series.
  std::vector<AppserviceUid> uids = loop.Known();
  std::sort(uids.begin(), uids.end());
  const size_t left_out = uids.size() - std::min(uids.size(), queues_max);
  uids.resize(uids.size() - left_out);
  const absl::StatusOr<std::vector<QueueSummary>> summaries =
      store.ListQueuesOf(uids);
  if (!summaries.ok()) return;
  std::vector<QueueMetrics::Figures> queues;
  for (const QueueSummary& summary : *summaries) {
    QueueMetrics::Figures figures = {.uid = summary.uid,
                                     .appservice_id = summary.appservice_id,
                                     .totals = loop.Totals(summary.uid)};
    const std::optional<DeliveryStatus> status = loop.Status(summary.uid);
    if (status.has_value()) {
      figures.head = {.events = summary.queued_events,
                      .state = StateOf(*status),
                      .attempts = status->attempts};
      if (summary.oldest_time.has_value()) {
        figures.head->oldest_age =
            std::max(clock.Now() - *summary.oldest_time, absl::ZeroDuration());
      }
    }
    queues.push_back(std::move(figures));
  }
  metrics.queues().Set(queues, static_cast<int64_t>(left_out));
}

}  // namespace causeway::push
