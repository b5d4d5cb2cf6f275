#include "services/query_proxy/protocol_memory.h"

namespace causeway::query {

std::optional<ProtocolMemory::Info> ProtocolMemory::Find(const Key& key) const {
  absl::MutexLock lock(&mu_);
  const auto found = entries_.find(key);
  if (found == entries_.end() ||
      found->second.end_time <= clock_.MonotonicNow()) {
    return std::nullopt;
  }
  return found->second.info;
}

void ProtocolMemory::Add(const Key& key, Info info) {
  if (options_.lifetime <= absl::ZeroDuration()) return;
  absl::MutexLock lock(&mu_);
  const absl::Duration now = clock_.MonotonicNow();
  const absl::Duration end_time = now + options_.lifetime;
  const auto [found, is_new] = entries_.try_emplace(key);
  if (!is_new) bytes_ -= Bytes(key, found->second.info);
  bytes_ += Bytes(key, info);
  found->second = {.end_time = end_time, .info = std::move(info)};
  by_age_.emplace_back(end_time, key);
  while (!by_age_.empty() &&
         (by_age_.front().first <= now || bytes_ > options_.bytes_max ||
          by_age_.size() > options_.entries_max)) {
    DropOldest();
  }
}

void ProtocolMemory::DropOldest() {
  const auto& [end_time, key] = by_age_.front();
  const auto found = entries_.find(key);
  if (found != entries_.end() && found->second.end_time == end_time) {
    bytes_ -= Bytes(key, found->second.info);
    entries_.erase(found);
  }
  by_age_.pop_front();
}

size_t ProtocolMemory::Bytes(const Key& key, const Info& info) {
  return sizeof(Entry) + 2 * (sizeof(Key) + key.protocol.size()) +
         (info == nullptr ? 0 : info->bytes());
}

}  // namespace causeway::query
