#include "services/homeserver/rooms/membership_changes.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_auth.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/reason.h"
#include "services/homeserver/rooms/restricted_join.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

Membership MembershipAfter(MembershipAction action) {
  switch (action) {
    case MembershipAction::kInvite:
      return Membership::kInvite;
    case MembershipAction::kBan:
      return Membership::kBan;
    case MembershipAction::kLeave:
    case MembershipAction::kKick:
    case MembershipAction::kUnban:
      return Membership::kLeave;
  }
  return Membership::kLeave;
}

// What the three ways to `leave` ask of the one who is to leave, beyond the
// rules of events, which take them for the same.
absl::Status CheckApplies(MembershipAction action, Membership target_is,
                          const matrix::UserId& target) {
  if (action == MembershipAction::kUnban && target_is != Membership::kBan) {
    return matrix::Forbidden(absl::StrCat(target.str(), " is not banned"));
  }
  if (action == MembershipAction::kKick &&
      (target_is == Membership::kLeave || target_is == Membership::kBan)) {
    return matrix::Forbidden(absl::StrCat(target.str(), " is not in the room"));
  }
  return absl::OkStatus();
}

}  // namespace

MembershipChanges::MembershipChanges(RoomStore& store, RoomHistory& history,
                                     const Clock& clock)
    : store_(store), history_(history), clock_(clock) {}

EventDraft MembershipChanges::DraftChange(const matrix::UserId& sender,
                                          const matrix::UserId& target,
                                          std::string content_json) const {
  return {.type = kMemberType,
          .state_key = target.str(),
          .sender = sender,
          .content_json = std::move(content_json),
          .origin_server_ts = absl::ToUnixMillis(clock_.Now())};
}

absl::Status MembershipChanges::Join(const matrix::RoomId& room_id,
                                     const Member& user,
                                     const std::string& reason) {
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(reason));
  return WriteIf(
      room_id,
      DraftChange(user.user_id, user.user_id,
                  MemberContent(Membership::kJoin, user.profile,
                                {.reason = reason, .is_direct = false})),
      [&](const RoomState& state, EventDraft&) -> absl::StatusOr<bool> {
        if (state.Find(kCreateType) == nullptr) {
          return matrix::NotFound(
              absl::StrCat("room ", matrix::Quote(room_id.str())));
        }
        return state.MembershipOf(user.user_id.str()) != Membership::kJoin;
      });
}

absl::Status MembershipChanges::Change(const matrix::RoomId& room_id,
                                       const matrix::UserId& actor,
                                       MembershipAction action,
                                       const Member& target,
                                       const std::string& reason) {
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(reason));
  if (action == MembershipAction::kKick && target.user_id == actor) {
    action = MembershipAction::kLeave;
  }
  if (action == MembershipAction::kLeave && target.user_id != actor) {
    return matrix::InvalidParam("user_id", "nobody leaves for another user");
  }
  const Membership wanted = MembershipAfter(action);
  return WriteIf(
      room_id,
      DraftChange(actor, target.user_id,
                  MemberContent(wanted, target.profile,
                                {.reason = reason, .is_direct = false})),
      [&](const RoomState& state, EventDraft&) -> absl::StatusOr<bool> {
        const Event* standing = state.Find(kMemberType, target.user_id.str());
        const Membership target_is = state.MembershipOf(target.user_id.str());
        if (standing != nullptr && standing->sender == actor.str() &&
            target_is == wanted) {
          return false;  // A repeat.
        }
        CAUSEWAY_RETURN_IF_ERROR(
            CheckApplies(action, target_is, target.user_id));
        return true;
      });
}

absl::Status MembershipChanges::Forget(const matrix::RoomId& room_id,
                                       const matrix::UserId& user_id) {
  return store_.Write([&](RoomTransaction& transaction) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(
        RoomState state,
        transaction.LoadState(room_id, {{kMemberType, user_id.str()}}));
    const Membership membership = state.MembershipOf(user_id.str());
    if (membership != Membership::kLeave && membership != Membership::kBan) {
      // Source: https://spec.matrix.org/v1.17/client-server-api/#post_matrixclientv3roomsroomidforget
      return matrix::MakeError(
          absl::StatusCode::kInvalidArgument, "M_UNKNOWN",
          absl::StrCat(user_id.str(), " has not left the room"));
    }
    transaction.ForgetRoom(room_id, user_id);
    return absl::OkStatus();
  });
}

absl::Status MembershipChanges::ProfileChanged(const matrix::UserId& user_id,
                                               const Profile& profile) {
  CAUSEWAY_ASSIGN_OR_RETURN(int64_t position, history_.LastPosition());
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<RoomOfUser> rooms,
      history_.RoomsOf(user_id.str(), position, position));
  for (const RoomOfUser& room : rooms) {
    if (room.membership != Membership::kJoin) continue;
    CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomId room_id,
                              matrix::RoomId::Parse(room.room_id));
    absl::Status updated = UpdateProfile(room_id, user_id, profile);
    // A room that doesn't take it shows the old one, and keeps no other from
    // the new.
    if (absl::IsPermissionDenied(updated) || absl::IsInvalidArgument(updated)) {
      continue;
    }
    if (!updated.ok()) return updated;
  }
  return absl::OkStatus();
}

absl::Status MembershipChanges::UserDeparts(const matrix::UserId& user_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(int64_t position, history_.LastPosition());
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<RoomOfUser> rooms,
      history_.RoomsOf(user_id.str(), position, position));
  for (const RoomOfUser& room : rooms) {
    if (room.membership != Membership::kJoin &&
        room.membership != Membership::kInvite) {
      continue;
    }
    CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomId room_id,
                              matrix::RoomId::Parse(room.room_id));
    CAUSEWAY_RETURN_IF_ERROR(Change(room_id, user_id, MembershipAction::kLeave,
                                    {.user_id = user_id, .profile = {}}, ""));
  }
  return absl::OkStatus();
}

absl::Status MembershipChanges::UpdateProfile(const matrix::RoomId& room_id,
                                              const matrix::UserId& user_id,
                                              const Profile& profile) {
  return WriteIf(
      room_id, DraftChange(user_id, user_id, ""),
      [&](const RoomState& state, EventDraft& draft) -> absl::StatusOr<bool> {
        // They may have left since the rooms were listed.
        if (state.MembershipOf(user_id.str()) != Membership::kJoin) {
          return false;
        }
        const Event* standing = state.Find(kMemberType, user_id.str());
        CAUSEWAY_ASSIGN_OR_RETURN(draft.content_json,
                                  WithProfile(standing->content_json, profile));
        return draft.content_json != standing->content_json;
      });
}

absl::Status MembershipChanges::WriteIf(
    const matrix::RoomId& room_id, EventDraft draft,
    absl::FunctionRef<absl::StatusOr<bool>(const RoomState&, EventDraft&)>
        is_to_be) {
  const RoomStore::Foreseen foreseen = {.room_id = &room_id,
                                        .places = AuthStateKeys(draft)};
  return store_.Write(
      foreseen, [&](RoomTransaction& transaction) -> absl::Status {
        CAUSEWAY_ASSIGN_OR_RETURN(
            RoomState state, transaction.LoadState(room_id, foreseen.places));
        CAUSEWAY_ASSIGN_OR_RETURN(const bool wanted, is_to_be(state, draft));
        if (!wanted) return absl::OkStatus();
        CAUSEWAY_RETURN_IF_ERROR(
            AuthoriseJoin(transaction, room_id, draft, state));
        return AppendIfAllowed(transaction, room_id, draft, state).status();
      });
}

}  // namespace causeway::homeserver
