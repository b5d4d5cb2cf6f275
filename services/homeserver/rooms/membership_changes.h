#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_MEMBERSHIP_CHANGES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_MEMBERSHIP_CHANGES_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/homeserver/accounts/departure_listener.h"
#include "services/homeserver/accounts/profile.h"
#include "services/homeserver/accounts/profile_listener.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/room_content.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

enum class MembershipAction { kInvite, kLeave, kKick, kBan, kUnban };

// Lets users into rooms and out of them.
// Source: https://spec.matrix.org/v1.17/client-server-api/#room-membership
//
// Thread-safe. Calls block on the store.
class MembershipChanges final : public ProfileListener,
                                public DepartureListener {
 public:
  // The arguments must outlive this object.
  MembershipChanges(RoomStore& store, RoomHistory& history, const Clock& clock);

  // Nothing happens to who is in the room already. NOT_FOUND (M_NOT_FOUND) if
  // there is no such room; PERMISSION_DENIED (M_FORBIDDEN) names the rule;
  // INVALID_ARGUMENT (M_INVALID_PARAM) for too long a reason.
  absl::Status Join(const matrix::RoomId& room_id, const Member& user,
                    const std::string& reason);

  // What `actor` does to `target`; to leave or kick is the same when they are
  // one. Nothing happens if it is so already. Errors as of Join(), but
  // PERMISSION_DENIED for a room that doesn't exist: `actor` isn't in it.
  absl::Status Change(const matrix::RoomId& room_id,
                      const matrix::UserId& actor, MembershipAction action,
                      const Member& target, const std::string& reason);

  // For who is out of the room, or never was in it. INVALID_ARGUMENT
  // (M_UNKNOWN) for anybody else.
  absl::Status Forget(const matrix::RoomId& room_id,
                      const matrix::UserId& user_id);

  // Writes the new profile into the member events of the rooms that the user
  // is in, each in a transaction of its own. What a room's rules or the size of
  // events don't allow stays as it is.
  absl::Status ProfileChanged(const matrix::UserId& user_id,
                              const Profile& profile) override;

  // Leaves the rooms that the user is in or invited to, each in a transaction
  // of its own.
  absl::Status UserDeparts(const matrix::UserId& user_id) override;

 private:
  absl::Status UpdateProfile(const matrix::RoomId& room_id,
                             const matrix::UserId& user_id,
                             const Profile& profile);
  EventDraft DraftChange(const matrix::UserId& sender,
                         const matrix::UserId& target,
                         std::string content_json) const;
  // Appends `draft` if `is_to_be`, which may still complete it, says so by the
  // room's state. Both see the same state; they may be called again.
  absl::Status WriteIf(
      const matrix::RoomId& room_id, EventDraft draft,
      absl::FunctionRef<absl::StatusOr<bool>(const RoomState&, EventDraft&)>
          is_to_be);

  RoomStore& store_;
  RoomHistory& history_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_MEMBERSHIP_CHANGES_H_
