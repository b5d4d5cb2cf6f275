#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_VIEWS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_VIEWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Pages through a room. Positions stand between events: `from` 17 is after the
// event at 17 and before the one at 18.
struct MessagesQuery {
  bool backwards = false;
  std::optional<int64_t> from;  // Absent: the room's end, or its beginning.
  std::optional<int64_t> to;    // Where to stop.
  int limit = 10;
};

struct MessagesPage {
  std::vector<std::string> event_jsons;
  int64_t start = 0;
  std::optional<int64_t> end;  // Absent: there is no more.
};

// Rooms as one user may see them: who is in a room sees its state as it is, who
// has left it as it was then, anybody else only a world_readable one. What was
// said is seen as history_visibility.h tells.
//
// All fail with PERMISSION_DENIED (M_FORBIDDEN) where the user may see nothing,
// which also stands for a room that doesn't exist.
//
// Thread-safe. Calls block on the history.
class RoomViews {
 public:
  // `history` must outlive the views.
  explicit RoomViews(RoomHistory& history);

  // Whole events.
  absl::StatusOr<std::vector<std::string>> State(const matrix::UserId& viewer,
                                                 absl::string_view room_id);
  // The content alone. NOT_FOUND (M_NOT_FOUND) if nothing stands there.
  absl::StatusOr<std::string> StateContent(const matrix::UserId& viewer,
                                           absl::string_view room_id,
                                           const StateKey& key);
  // Ordered by user ID.
  absl::StatusOr<std::vector<StoredMember>> Members(
      const matrix::UserId& viewer, absl::string_view room_id);
  absl::StatusOr<MessagesPage> Messages(const matrix::UserId& viewer,
                                        absl::string_view room_id,
                                        const MessagesQuery& query);
  // NOT_FOUND (M_NOT_FOUND) also for an event that the user may not see.
  absl::StatusOr<std::string> FindEvent(const matrix::UserId& viewer,
                                        absl::string_view room_id,
                                        absl::string_view event_id);

  absl::StatusOr<std::vector<std::string>> JoinedRooms(
      const matrix::UserId& user_id);

 private:
  struct View {
    int64_t state_position = 0;  // As of when the state is seen.
    PositionRanges visible;      // Which events are.
    int64_t last_position = 0;   // Of the whole stream.
  };
  absl::StatusOr<View> ViewOf(const matrix::UserId& viewer,
                              absl::string_view room_id);

  RoomHistory& history_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_VIEWS_H_
