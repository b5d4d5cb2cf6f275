#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_COMMITTED_BATCH_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_COMMITTED_BATCH_H_

#include "absl/time/time.h"
#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// Hands what ingest has just committed, at `now`, on to delivery: keeps its
// events at hand, and wakes the queues that got some. Those of other replicas
// find theirs when they look. `saturated`: see Ingest::Listeners.
void OfferToQueues(const IngestBatch& batch, bool saturated, absl::Time now,
                   SegmentCache& segments, DeliveryLoop& loop);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_COMMITTED_BATCH_H_
