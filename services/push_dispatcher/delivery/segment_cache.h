#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_SEGMENT_CACHE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_SEGMENT_CACHE_H_

#include <cstddef>
#include <list>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {

// Segments used lately, decompressed, for all queues together: an event that a
// hundred application services get is read once, or not at all if this process
// took it in. Segments never change, so nothing here can be out of date, unless
// the store goes back to an earlier state of itself.
//
// Thread-safe.
class SegmentCache {
 public:
  // Drops the longest unused while there are more bytes.
  explicit SegmentCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Null when it isn't here.
  std::shared_ptr<const Segment> Find(const SegmentKey& key)
      ABSL_LOCKS_EXCLUDED(mu_);
  void Insert(const SegmentKey& key, std::shared_ptr<const Segment> segment)
      ABSL_LOCKS_EXCLUDED(mu_);
  void Clear() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Entry {
    SegmentKey key;
    std::shared_ptr<const Segment> segment;
  };

  const size_t bytes_max_;
  absl::Mutex mu_;
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::list<Entry> by_use_ ABSL_GUARDED_BY(mu_);  // The latest first.
  absl::flat_hash_map<SegmentKey, std::list<Entry>::iterator> by_key_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_SEGMENT_CACHE_H_
