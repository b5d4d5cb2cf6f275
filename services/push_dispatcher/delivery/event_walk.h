#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_EVENT_WALK_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_EVENT_WALK_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {

// Reads the events that queue entries name, in order, with few round trips and
// little memory: of segments that aren't in the cache a few are read ahead.
//
// Thread-compatible.
class EventWalk {
 public:
  // Called with each event; false ends the walk.
  using Visitor =
      absl::FunctionRef<bool(int64_t position, absl::string_view event_json)>;

  // Both must outlive the walk.
  EventWalk(QueueStore& store, SegmentCache& cache)
      : store_(store), cache_(cache) {}

  // Visits the events of `entries` (of one source, in order) behind `after`, at
  // most about `events_expected` of them: a guide for reading ahead.
  // DATA_LOSS when an event isn't there; UNAVAILABLE.
  absl::Status Visit(absl::Span<const QueueEntry> entries, int64_t after,
                     int64_t events_expected, Visitor visitor);

 private:
  absl::StatusOr<std::shared_ptr<const Segment>> Get(
      absl::Span<const QueueEntry> entries, int64_t events_expected);

  QueueStore& store_;
  SegmentCache& cache_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_EVENT_WALK_H_
