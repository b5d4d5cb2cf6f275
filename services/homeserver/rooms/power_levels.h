#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POWER_LEVELS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POWER_LEVELS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::homeserver {

inline constexpr int64_t kCreatorPowerLevel = 100;

// Who may do what in a room: the content of m.room.power_levels, or what holds
// without that event.
// Source: https://spec.matrix.org/v1.17/client-server-api/#mroompower_levels
// Source: https://spec.matrix.org/v1.17/rooms/v10/#authorization-rules
//
// Immutable once made.
class PowerLevels {
 public:
  // Of a room that has no m.room.power_levels: the creator may do everything,
  // and so that a room can be filled, everybody may send state.
  static PowerLevels WithoutEvent(absl::string_view creator);

  // INVALID_ARGUMENT (M_BAD_JSON) names the field that isn't an integer, the
  // object that isn't one, or the key of `users` that is no user ID. Room
  // version 10 takes no numbers in strings.
  static absl::StatusOr<PowerLevels> Parse(absl::string_view content_json);

  int64_t OfUser(absl::string_view user_id) const;
  // Those whose level isn't the default, in the order of their IDs.
  std::vector<std::string> UsersWithOwnLevel() const;
  // What sending an event of `type` takes.
  int64_t ToSend(absl::string_view type, bool is_state) const;
  int64_t ToInvite() const;
  int64_t ToKick() const;
  int64_t ToBan() const;
  int64_t ToRedact() const;  // What another has sent.

  // Whether `sender` may put `next` in the place of `current`: nobody gives or
  // takes more power than they have, nor touches who has as much as they.
  // PERMISSION_DENIED (M_FORBIDDEN) names the entry and both levels.
  friend absl::Status CheckPowerLevelChange(const PowerLevels& current,
                                            const PowerLevels& next,
                                            absl::string_view sender);

 private:
  using Levels = std::map<std::string, int64_t>;

  int64_t Scalar(const std::string& name, int64_t default_value) const;

  // users_default, events_default, state_default, ban, redact, kick, invite:
  // only those that the event names.
  Levels scalars_;
  Levels events_;
  Levels notifications_;
  Levels users_;
  int64_t state_default_ = 50;
};

absl::Status CheckPowerLevelChange(const PowerLevels& current,
                                   const PowerLevels& next,
                                   absl::string_view sender);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POWER_LEVELS_H_
