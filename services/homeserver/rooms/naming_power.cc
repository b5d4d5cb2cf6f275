#include "services/homeserver/rooms/naming_power.h"

#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/power_levels.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

absl::StatusOr<bool> MayNameRoom(RoomTransaction& transaction,
                                 const matrix::RoomId& room_id,
                                 const matrix::UserId& actor) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      RoomState state,
      transaction.LoadState(room_id, {{kCreateType, ""},
                                      {kPowerLevelsType, ""},
                                      {kMemberType, actor.str()}}));
  if (state.MembershipOf(actor.str()) != Membership::kJoin) return false;
  CAUSEWAY_ASSIGN_OR_RETURN(PowerLevels levels, state.CurrentPowerLevels());
  return levels.OfUser(actor.str()) >=
         levels.ToSend(kCanonicalAliasType, /*is_state=*/true);
}

}  // namespace causeway::homeserver
