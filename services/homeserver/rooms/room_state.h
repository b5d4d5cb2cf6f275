#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STATE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STATE_H_

#include <compare>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/power_levels.h"

namespace causeway::homeserver {

// A place in a room's state.
struct StateKey {
  std::string type;
  std::string state_key;

  friend auto operator<=>(const StateKey&, const StateKey&) = default;
};

// A room's state, or as much of it as a decision needs: whoever loads it
// chooses the places (see AuthStateKeys in event_auth.h).
//
// Thread-compatible.
class RoomState {
 public:
  // Null when the place is empty.
  const Event* Find(absl::string_view type,
                    absl::string_view state_key = "") const;

  // Puts a state event into its place; others are ignored.
  void Apply(Event event);

  bool empty() const { return events_.empty(); }

  // A string of the content of what stands at (`type`, ""). Empty when there is
  // none.
  std::string StringOf(absl::string_view type, absl::string_view field) const;

  // kLeave for who never was in the room.
  Membership MembershipOf(absl::string_view user_id) const;
  // "public", "invite" and so on. Without the event: "invite".
  std::string JoinRule() const;
  // Who made the room. Empty without m.room.create.
  std::string Creator() const;
  // INTERNAL when the stored event can't be read.
  absl::StatusOr<PowerLevels> CurrentPowerLevels() const;

 private:
  std::map<StateKey, Event> events_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STATE_H_
