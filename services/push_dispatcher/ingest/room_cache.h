#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_ROOM_CACHE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_ROOM_CACHE_H_

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// Rooms of which events came lately, as they are at the end of what this
// process knows of their source. That is only right while nobody else has
// moved the source: whoever finds that it was moved clears the cache.
//
// Thread-compatible.
class RoomCache {
 public:
  // Rooms are dropped, the longest unused first, while they have more members
  // together (each room counting for one more).
  explicit RoomCache(size_t members_max) : members_max_(members_max) {}

  // Null when it isn't here. Valid until Trim() or Clear().
  RoomInterest* Find(SourceId source_id, absl::string_view room_id);
  void Insert(SourceId source_id, absl::string_view room_id, RoomInterest room);

  // Drops what is too much. Not done by Insert(), so that one batch has all of
  // its rooms together, however many.
  void Trim();
  void Clear();

  size_t room_count() const { return by_key_.size(); }

 private:
  // Of what an Entry holds.
  using Key = std::pair<SourceId, absl::string_view>;
  struct Entry {
    SourceId source_id = 0;
    std::string room_id;
    RoomInterest room;
    size_t cost = 0;      // As in cost_: it may have got other members since.
    bool is_used = true;  // Since the last Trim().
  };

  void Erase(std::list<Entry>::iterator entry);

  const size_t members_max_;
  std::list<Entry> by_use_;  // The latest first.
  size_t cost_ = 0;          // Of all at the last Trim(): what is bounded.
  absl::flat_hash_map<Key, std::list<Entry>::iterator> by_key_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_ROOM_CACHE_H_
