#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STATE_CACHE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STATE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_state.h"

namespace causeway::homeserver {

// What stands in places of rooms' state at the end of the stream, for who holds
// the stream's lock. It is right as long as nobody else has written: the state
// follows from the stream, and the end's position and running hash say which
// stream that is.
//
// Thread-compatible.
class RoomStateCache {
 public:
  explicit RoomStateCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // The stream ends there now. Forgets everything unless it did so when
  // Ended() was called last, or if there is more than `bytes_max`.
  void Begin(int64_t position, const std::string& prefix_sha256);
  // What has been put belongs to a stream that ends there.
  void Ended(int64_t position, std::string prefix_sha256);
  void Clear();

  // Null when it isn't known; what is empty when nothing stands there. Until
  // the next Put() or Clear().
  const std::optional<Event>* Find(const std::string& room_id,
                                   const StateKey& place) const;
  void Put(const std::string& room_id, StateKey place,
           std::optional<Event> event);

 private:
  const size_t bytes_max_;
  int64_t position_ = -1;
  std::string prefix_sha256_;
  size_t bytes_ = 0;
  std::map<std::string, std::map<StateKey, std::optional<Event>>> rooms_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STATE_CACHE_H_
