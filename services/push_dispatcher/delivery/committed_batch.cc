#include "services/push_dispatcher/delivery/committed_batch.h"

#include <utility>

#include "services/push_dispatcher/delivery/queue_cutter.h"

namespace causeway::push {

void OfferToQueues(const IngestBatch& batch, bool saturated, absl::Time now,
                   SegmentCache& segments, DeliveryLoop& loop) {
  CommittedEntries committed = {.source_id = batch.before.id,
                                .begin = batch.before.end.position,
                                .end = batch.end.position,
                                .entries = {},
                                .saturated = saturated};
  const SegmentKey segment = {
      .source_id = committed.source_id,
      .first_position = committed.begin,
      .content_id = batch.segment.has_value() ? batch.segment->content_id : 0};
  if (batch.events != nullptr) segments.Insert(segment, batch.events);
  committed.entries.reserve(batch.entries.size());
  for (const NewQueueEntry& entry : batch.entries) {
    committed.entries.emplace_back(
        entry.uid, QueueEntry{.segment = segment,
                              .last_position = entry.last_position,
                              .events = entry.events,
                              .segment_raw_bytes = batch.segment->raw_bytes,
                              .publish_time = now});
  }
  loop.Offer(std::move(committed));
}

}  // namespace causeway::push
