#include "services/push_dispatcher/delivery/committed_batch.h"

#include <memory>
#include <utility>
#include <vector>

namespace causeway::push {

void OfferToQueues(const IngestBatch& batch, SegmentCache& segments,
                   DeliveryLoop& loop) {
  if (batch.segment.has_value()) {
    absl::StatusOr<Segment> segment = Segment::Decode(*batch.segment);
    if (segment.ok()) {
      segments.Insert({batch.before.id, batch.before.end.position},
                      std::make_shared<const Segment>(*std::move(segment)));
    }
  }
  std::vector<AppserviceUid> uids;
  uids.reserve(batch.entries.size());
  for (const NewQueueEntry& entry : batch.entries) uids.push_back(entry.uid);
  loop.Wake(uids);
}

}  // namespace causeway::push
