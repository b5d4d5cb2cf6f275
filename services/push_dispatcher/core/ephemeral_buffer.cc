#include "services/push_dispatcher/core/ephemeral_buffer.h"

#include <utility>

#include "absl/strings/str_join.h"

namespace causeway::push {

void EphemeralBuffer::Add(std::shared_ptr<const EphemeralItem> item) {
  ++counts_.queued;
  const auto known = ages_.find(item->key());
  if (known != ages_.end()) {
    Erase(by_age_.find(known->second), &EphemeralCounts::coalesced);
  }
  ages_[item->key()] = ++last_age_;
  bytes_ += item->bytes();
  by_age_.emplace(last_age_, std::move(item));
  while (bytes_ > kEphemeralPendingBytesMax ||
         by_age_.size() > kEphemeralPendingItemsMax) {
    Erase(by_age_.begin(), &EphemeralCounts::dropped);
  }
}

void EphemeralBuffer::Refuse(size_t item_count) {
  counts_.queued += static_cast<int64_t>(item_count);
  counts_.dropped += static_cast<int64_t>(item_count);
}

EphemeralBuffer::Batch EphemeralBuffer::Oldest(int64_t bytes_max) {
  while (!empty() && by_age_.begin()->second->bytes() > bytes_max) {
    Erase(by_age_.begin(), &EphemeralCounts::dropped);
  }
  Batch batch;
  EphemeralItems items;
  int64_t bytes = 0;
  for (const auto& [age, item] : by_age_) {
    bytes += item->bytes();
    if (bytes > bytes_max || items.size() == kEphemeralBatchItemsMax) break;
    items.push_back(item);
    batch.last = age;
  }
  batch.events = absl::StrJoin(EphemeralEvents(items), ",");
  return batch;
}

void EphemeralBuffer::Remove(int64_t last, int64_t EphemeralCounts::*fate) {
  while (!empty() && by_age_.begin()->first <= last) {
    Erase(by_age_.begin(), fate);
  }
}

void EphemeralBuffer::Clear() { Remove(last_age_, &EphemeralCounts::dropped); }

void EphemeralBuffer::Erase(ByAge::iterator item,
                            int64_t EphemeralCounts::*fate) {
  ++(counts_.*fate);
  bytes_ -= item->second->bytes();
  ages_.erase(item->second->key());
  by_age_.erase(item);
}

}  // namespace causeway::push
