#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_MEASURE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_MEASURE_H_

#include <cstddef>

#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/shared/clock/clock.h"

namespace causeway::push {

// Tells `metrics` how the queues stand that `loop` owns, or did: of the
// `queues_max` that registered first. When the store is away, what was said
// last stays, and ages don't grow: the event that was the oldest may have been
// delivered since, here or by another. Blocks.
void MeasureQueues(OperatorStore& store, const DeliveryLoop& loop,
                   const Clock& clock, size_t queues_max, PushMetrics& metrics);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_MEASURE_H_
