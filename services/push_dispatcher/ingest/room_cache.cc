#include "services/push_dispatcher/ingest/room_cache.h"

#include <iterator>

namespace causeway::push {

RoomInterest* RoomCache::Find(SourceId source_id, absl::string_view room_id) {
  const auto found = by_key_.find(Key(source_id, room_id));
  if (found == by_key_.end()) return nullptr;
  found->second->is_used = true;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return &found->second->room;
}

void RoomCache::Insert(SourceId source_id, absl::string_view room_id,
                       RoomInterest room) {
  const auto known = by_key_.find(Key(source_id, room_id));
  if (known != by_key_.end()) Erase(known->second);
  by_use_.push_front({source_id, std::string(room_id), std::move(room)});
  by_key_[Key(source_id, by_use_.front().room_id)] = by_use_.begin();
}

void RoomCache::Trim() {
  for (Entry& entry : by_use_) {
    if (!entry.is_used) break;
    entry.is_used = false;
    cost_ -= entry.cost;
    entry.cost = 1 + entry.room.member_count();
    cost_ += entry.cost;
  }
  while (cost_ > members_max_) Erase(std::prev(by_use_.end()));
}

void RoomCache::Erase(std::list<Entry>::iterator entry) {
  cost_ -= entry->cost;
  by_key_.erase(Key(entry->source_id, entry->room_id));
  by_use_.erase(entry);
}

void RoomCache::Clear() {
  by_key_.clear();
  by_use_.clear();
  cost_ = 0;
}

}  // namespace causeway::push
