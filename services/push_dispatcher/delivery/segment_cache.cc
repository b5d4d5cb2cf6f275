#include "services/push_dispatcher/delivery/segment_cache.h"

#include <utility>

namespace causeway::push {

std::shared_ptr<const Segment> SegmentCache::Find(const SegmentKey& key) {
  absl::MutexLock lock(&mu_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return found->second->segment;
}

void SegmentCache::Insert(const SegmentKey& key,
                          std::shared_ptr<const Segment> segment) {
  // Freed outside of the lock.
  std::list<Entry> dropped;
  absl::MutexLock lock(&mu_);
  if (by_key_.contains(key)) return;
  bytes_ += segment->memory_bytes();
  by_use_.push_front({key, std::move(segment)});
  by_key_[key] = by_use_.begin();
  while (bytes_ > bytes_max_ && !by_use_.empty()) {
    bytes_ -= by_use_.back().segment->memory_bytes();
    by_key_.erase(by_use_.back().key);
    dropped.splice(dropped.begin(), by_use_, std::prev(by_use_.end()));
  }
}

void SegmentCache::Clear() {
  absl::MutexLock lock(&mu_);
  by_key_.clear();
  by_use_.clear();
  bytes_ = 0;
}

}  // namespace causeway::push
