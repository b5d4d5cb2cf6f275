#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_PUBLISHED_ROOMS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_PUBLISHED_ROOMS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/room_state.h"

namespace causeway::homeserver {

// The server's own list of public rooms. Others are called
// "<id of an application service>|<network>".
inline constexpr char kServerList[] = "";

// Hundreds of rooms are described at once, so what a longer state event says
// is not told.
inline constexpr size_t kListedEventBytesMax = 16 << 10;

struct PublishedRoom {
  std::string room_id;
  int64_t joined_count = 0;
  RoomState state;  // Without members; what a list doesn't show may be missing.
};

struct PublishedRoomsQuery {
  // A room's place in a list, as of when it was read.
  struct Place {
    int64_t joined_count = 0;
    std::string room_id;
  };

  std::optional<std::string> list;  // Absent: all lists, each room once.
  std::optional<Place> after;       // Absent: from the beginning.
  int limit = 0;
  // Instead of `after`: what comes before it, the nearest first.
  std::optional<Place> before = std::nullopt;
};

// Reads the lists of public rooms, which RoomTransaction::SetPublished()
// writes.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class PublishedRooms {
 public:
  virtual ~PublishedRooms() = default;

  virtual absl::StatusOr<bool> IsPublished(absl::string_view list,
                                           absl::string_view room_id) = 0;
  // Those that anybody is in; most members first, then by room ID, or the other
  // way round with `before`.
  virtual absl::StatusOr<std::vector<PublishedRoom>> List(
      const PublishedRoomsQuery& query) = 0;
  // How many List() has without `after` and `limit`.
  virtual absl::StatusOr<int64_t> Count(
      const std::optional<std::string>& list) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_PUBLISHED_ROOMS_H_
