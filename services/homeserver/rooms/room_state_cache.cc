#include "services/homeserver/rooms/room_state_cache.h"

namespace causeway::homeserver {
namespace {

// Of the tree's nodes and the strings' own, roughly.
constexpr size_t kPlaceBytes = 400;

size_t BytesOf(const StateKey& place, const std::optional<Event>& event) {
  size_t bytes = kPlaceBytes + place.type.size() + place.state_key.size();
  if (event.has_value()) {
    bytes += event->content_json.size() + event->json.size();
  }
  return bytes;
}

}  // namespace

void RoomStateCache::Begin(int64_t position, const std::string& prefix_sha256) {
  if (position != position_ || prefix_sha256 != prefix_sha256_ ||
      bytes_ > bytes_max_) {
    Clear();
  }
}

void RoomStateCache::Ended(int64_t position, std::string prefix_sha256) {
  position_ = position;
  prefix_sha256_ = std::move(prefix_sha256);
}

void RoomStateCache::Clear() {
  rooms_.clear();
  bytes_ = 0;
}

const std::optional<Event>* RoomStateCache::Find(const std::string& room_id,
                                                 const StateKey& place) const {
  const auto room = rooms_.find(room_id);
  if (room == rooms_.end()) return nullptr;
  const auto found = room->second.find(place);
  return found == room->second.end() ? nullptr : &found->second;
}

void RoomStateCache::Put(const std::string& room_id, StateKey place,
                         std::optional<Event> event) {
  bytes_ += BytesOf(place, event);
  auto [found, is_new] =
      rooms_[room_id].try_emplace(std::move(place), std::nullopt);
  if (!is_new) bytes_ -= BytesOf(found->first, found->second);
  found->second = std::move(event);
}

}  // namespace causeway::homeserver
