#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_VIEWS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_VIEWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// What rooms are to one user: their state, their members, what they are called.
// What was said in them is in room_timeline.h.
//
// All that name a room fail with PERMISSION_DENIED (M_FORBIDDEN) where the user
// may see nothing (room_view.h). Events are in the form for clients.
//
// Thread-safe. Calls block on the history.
class RoomViews {
 public:
  // Both must outlive the views.
  RoomViews(RoomHistory& history, const Clock& clock);

  // Whole events. INVALID_ARGUMENT (M_TOO_LARGE) if they have more bytes than
  // kAnswerStateBytesMax.
  absl::StatusOr<std::vector<std::string>> State(const matrix::UserId& viewer,
                                                 absl::string_view room_id);
  // The content alone. NOT_FOUND (M_NOT_FOUND) if nothing stands there.
  absl::StatusOr<std::string> StateContent(const matrix::UserId& viewer,
                                           absl::string_view room_id,
                                           const StateKey& key);
  // Ordered by user ID. As of position `at`, if that is given:
  // PERMISSION_DENIED if the user may not see what was said then.
  // INVALID_ARGUMENT (M_TOO_LARGE) if they have more bytes than
  // kAnswerMemberBytesMax.
  absl::StatusOr<std::vector<StoredMember>> Members(
      const matrix::UserId& viewer, absl::string_view room_id,
      std::optional<int64_t> at, const MemberChoice& choice = {});
  // In the order of their names.
  absl::StatusOr<std::vector<std::string>> Aliases(const matrix::UserId& viewer,
                                                   absl::string_view room_id);

  // What the user is to the room; see RoomView.
  absl::StatusOr<std::optional<Membership>> MembershipOf(
      const matrix::UserId& viewer, absl::string_view room_id);

  absl::StatusOr<std::vector<std::string>> JoinedRooms(
      const matrix::UserId& user_id);
  // Whether the user is in the room now. No more is read than that.
  absl::StatusOr<bool> IsJoined(const matrix::UserId& user_id,
                                absl::string_view room_id);
  // For an operator, who sees all: at most `limit`, in the order of their IDs,
  // that come after `after`.
  absl::StatusOr<std::vector<std::string>> AllRooms(absl::string_view after,
                                                    int limit);

 private:
  RoomHistory& history_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_VIEWS_H_
