#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_STORE_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/segment.h"

namespace causeway::push {

struct SegmentKey {
  SourceId source_id = 0;
  int64_t first_position = 0;
  int64_t content_id = 0;  // EncodedSegment::content_id.

  auto operator<=>(const SegmentKey&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const SegmentKey& key) {
    return H::combine(std::move(h), key.source_id, key.first_position,
                      key.content_id);
  }
};

// Some events of one segment that wait in a queue.
struct QueueEntry {
  SegmentKey segment;
  int64_t last_position = 0;
  EventSet events;
  int64_t segment_raw_bytes = 0;
  // When the segment was committed, to the millisecond.
  absl::Time publish_time;

  // Of the event with `index` in `events`.
  int64_t position(size_t index) const {
    return segment.first_position + static_cast<int64_t>(index);
  }
};

struct EntriesQuery {
  AppserviceUid uid = 0;
  // Entries of which some event lies behind these.
  Cursors after;
};

struct OwnedWrite {
  AppserviceUid uid = 0;
  QueueWrite write;
};

// Whose head an owner wants to read again, and the lease that it believes to
// have.
struct OwnedHead {
  AppserviceUid uid = 0;
  Epoch epoch = 0;
  std::string nonce;
};

struct RaisedHead {
  Epoch epoch = 0;  // The one from now on.
  QueueHead head;
};

// What delivery reads and writes. Each call serves many queues, for the price
// of one round trip and one commit.
//
// Thread-safe. Calls block. Besides what is named, all fail with UNAVAILABLE
// when the database is away.
class QueueStore {
 public:
  virtual ~QueueStore() = default;

  // For each query, in its order, at most `entries_max` of each source, ordered
  // by source and position.
  virtual absl::StatusOr<std::vector<std::vector<QueueEntry>>> ReadEntries(
      absl::Span<const EntriesQuery> queries, int32_t entries_max) = 0;

  // In the order of `keys`, which differ. DATA_LOSS when one isn't there, or is
  // another one.
  virtual absl::StatusOr<std::vector<EncodedSegment>> ReadSegments(
      absl::Span<const SegmentKey> keys) = 0;

  // Does each of `writes`, of different queues, whose condition holds, in one
  // commit, and records what was set aside or retired by it. For each, in
  // order, whether it did. Any failure may be one of unknown outcome.
  virtual absl::StatusOr<std::vector<bool>> Write(
      absl::Span<const OwnedWrite> writes) = 0;

  // Raises the epochs of those that are owned as they say, and reads their
  // heads, in one commit: a write of theirs that is still under way has come
  // before this, or will be refused. Empty for those whose epoch or nonce is
  // another, or that are gone, or can't be read. Any failure may be one of
  // unknown outcome.
  virtual absl::StatusOr<std::vector<std::optional<RaisedHead>>> ReadHeads(
      absl::Span<const OwnedHead> queues) = 0;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_STORE_H_
