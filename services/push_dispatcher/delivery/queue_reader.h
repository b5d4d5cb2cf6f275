#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_READER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_READER_H_

#include <cstdint>
#include <functional>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/transaction_body.h"
#include "services/push_dispatcher/delivery/batch_thread.h"
#include "services/push_dispatcher/delivery/event_walk.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {

// Performs the effects that read: LoadNext, RebuildSealed, ReadHead. Those of
// many queues share round trips; of each queue no more is held at a time than
// one transaction needs (P5).
//
// Thread-safe. Has a thread of its own until it is destroyed.
class QueueReader {
 public:
  // How an effect is answered. Called on the reader's thread.
  using Answer = std::function<void(AppserviceUid, DeliveryEvent)>;

  // `store` and `cache` must outlive the reader. `limits.events_max` is what
  // LoadNext says; only the bytes count here.
  QueueReader(QueueStore& store, SegmentCache& cache, TransactionLimits limits,
              Answer answer);

  void Perform(AppserviceUid uid, LoadNext effect);
  void Perform(AppserviceUid uid, RebuildSealed effect);
  void Perform(AppserviceUid uid, ReadHead effect);

  // Ends the thread; what is left isn't answered.
  void Stop() { thread_.Stop(); }

 private:
  struct Request {
    AppserviceUid uid = 0;
    std::variant<LoadNext, RebuildSealed, ReadHead> effect;
  };

  void Serve(std::vector<Request> requests);
  void ServeHeads(absl::Span<const Request* const> requests);
  void ServeEntries(absl::Span<const Request* const> requests,
                    int32_t entries_max);
  // Nothing: more entries have to be read first.
  std::optional<DeliveryEvent> Serve(const LoadNext& effect,
                                     absl::Span<const QueueEntry> entries,
                                     int32_t entries_max);
  std::optional<DeliveryEvent> Serve(const RebuildSealed& effect,
                                     absl::Span<const QueueEntry> entries,
                                     int32_t entries_max);

  QueueStore& store_;
  const TransactionLimits limits_;
  const Answer answer_;
  EventWalk walk_;
  BatchThread<Request> thread_;  // Last: uses the others.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_READER_H_
