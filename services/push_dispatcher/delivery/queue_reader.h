#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_READER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_READER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/core/transaction_body.h"
#include "services/push_dispatcher/delivery/batch_thread.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {

// Reads queues from the store: for the effects RebuildSealed, SplitSealed and
// ReadHead, and for QueueCutter what isn't in memory. Requests of many queues
// share round trips; for each no more is held than a few transactions need
// (P5).
//
// Thread-safe. Has a thread of its own until it is destroyed.
class QueueReader {
 public:
  // How an effect is answered. Called on the reader's thread.
  using Answer = std::function<void(AppserviceUid, DeliveryEvent)>;

  struct FetchRequest {
    // Entries behind this; empty: none are wanted.
    std::optional<Cursors> after;
    std::vector<SegmentKey> segments;
  };
  struct Fetched {
    // DATA_LOSS: a segment isn't there. UNAVAILABLE.
    absl::Status status;
    // Ordered by source and position.
    std::vector<QueueEntry> entries;
    // Sources that may have more behind these.
    std::vector<SourceId> with_more;
    // Those that were asked for, and the first ones that the entries name.
    std::map<SegmentKey, std::shared_ptr<const Segment>> segments;
  };
  using FetchCallback = std::function<void(Fetched)>;

  // `store` and `cache` must outlive the reader.
  QueueReader(QueueStore& store, SegmentCache& cache, TransactionLimits limits,
              Answer answer);

  void Perform(AppserviceUid uid, RebuildSealed effect);
  void Perform(AppserviceUid uid, SplitSealed effect);
  void Perform(AppserviceUid uid, ReadHead effect);

  // Calls `callback` on the reader's thread.
  void Fetch(AppserviceUid uid, FetchRequest request, FetchCallback callback);

  // Ends the thread; what is left isn't answered.
  void Stop() { thread_.Stop(); }

 private:
  struct Fetching {
    FetchRequest request;
    FetchCallback callback;
  };
  struct Request {
    AppserviceUid uid = 0;
    std::variant<RebuildSealed, SplitSealed, ReadHead, Fetching> work;
  };
  using Requests = absl::Span<Request* const>;

  void Serve(std::vector<Request> requests);
  void ServeHeads(Requests requests);
  void ServeFetches(Requests requests);
  void ServeFetch(Fetching& fetching,
                  absl::StatusOr<std::vector<QueueEntry>> entries);
  // Effects about what is sealed. `is_last`: that many entries are enough.
  void ServeSealed(Requests requests, int32_t entries_max, bool is_last);
  static const SealedTransaction& SealedOf(const Request& request);
  // Nothing: more entries have to be read first.
  std::optional<DeliveryEvent> Rebuild(const RebuildSealed& effect,
                                       absl::Span<const QueueEntry> entries,
                                       bool entries_are_all);
  std::optional<DeliveryEvent> Split(const SplitSealed& effect,
                                     absl::Span<const QueueEntry> entries,
                                     bool entries_are_all);
  // Finds or reads each segment of `keys` that isn't in `segments`.
  absl::Status ReadSegments(
      absl::Span<const SegmentKey> keys,
      std::map<SegmentKey, std::shared_ptr<const Segment>>& segments);

  QueueStore& store_;
  SegmentCache& cache_;
  const TransactionLimits limits_;
  const Answer answer_;
  BatchThread<Request> thread_;  // Last: uses the others.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_QUEUE_READER_H_
