#include "services/push_dispatcher/ingest/room_cache.h"

namespace causeway::push {

RoomInterest* RoomCache::Find(SourceId source_id, absl::string_view room_id) {
  const auto found = by_key_.find(Key(source_id, room_id));
  if (found == by_key_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return &found->second->room;
}

void RoomCache::Insert(SourceId source_id, absl::string_view room_id,
                       RoomInterest room) {
  const auto known = by_key_.find(Key(source_id, room_id));
  if (known != by_key_.end()) {
    by_use_.erase(known->second);
    by_key_.erase(known);
  }
  by_use_.push_front({source_id, std::string(room_id), std::move(room)});
  by_key_[Key(source_id, by_use_.front().room_id)] = by_use_.begin();
}

void RoomCache::Trim() {
  size_t member_count = 0;
  for (auto entry = by_use_.begin(); entry != by_use_.end();) {
    member_count += 1 + entry->room.member_count();
    if (member_count > members_max_) {
      by_key_.erase(Key(entry->source_id, entry->room_id));
      entry = by_use_.erase(entry);
    } else {
      ++entry;
    }
  }
}

void RoomCache::Clear() {
  by_key_.clear();
  by_use_.clear();
}

}  // namespace causeway::push
