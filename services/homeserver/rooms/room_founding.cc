#include "services/homeserver/rooms/room_founding.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/published_rooms.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

namespace {

// The request contradicts itself: nobody is forbidden anything in a room of
// their own.
// Source: https://spec.matrix.org/v1.17/client-server-api/#post_matrixclientv3createroom
absl::Status AsRoomStateError(const absl::Status& status,
                              const EventDraft& draft) {
  if (!absl::IsPermissionDenied(status)) return status;
  return matrix::MakeError(absl::StatusCode::kInvalidArgument,
                           "M_INVALID_ROOM_STATE",
                           absl::StrCat("the room would not take its ",
                                        draft.type, ": ", status.message()));
}

}  // namespace

RoomFounding::RoomFounding(RoomStore& store, const Clock& clock,
                           matrix::ServerName server_name)
    : store_(store), clock_(clock), server_name_(std::move(server_name)) {}

absl::StatusOr<matrix::RoomId> RoomFounding::NewRoomId() const {
  return matrix::RoomId::Make(matrix::RandomBase64UrlToken(), server_name_);
}

absl::StatusOr<matrix::RoomId> RoomFounding::CreateRoom(
    const RoomRequest& request, const Member& creator) {
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomId room_id, NewRoomId());
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<EventDraft> drafts,
      DraftNewRoom(request, creator, absl::ToUnixMillis(clock_.Now())));
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Write([&](RoomTransaction& transaction) -> absl::Status {
        if (request.alias.has_value()) {
          CAUSEWAY_ASSIGN_OR_RETURN(std::optional<AliasEntry> taken,
                                    transaction.FindAlias(*request.alias));
          if (taken.has_value()) {
            return matrix::RoomInUse(request.alias->str());
          }
          // Before the events, so that whom the alias concerns gets them all.
          transaction.AppendAlias({*request.alias, room_id, creator.user_id});
        }
        RoomState state;
        for (const EventDraft& draft : drafts) {
          CAUSEWAY_RETURN_IF_ERROR(AsRoomStateError(
              AppendIfAllowed(transaction, room_id, draft, state).status(),
              draft));
        }
        if (request.is_public) {
          transaction.SetPublished(kServerList, room_id, /*published=*/true);
        }
        return absl::OkStatus();
      }));
  return room_id;
}

absl::StatusOr<matrix::RoomId> RoomFounding::EnsureDraftRoom(
    const matrix::RoomAlias& alias, const matrix::UserId& creator,
    const DraftRoom& room) {
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomId room_id, MirroredRoomId(alias));
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Write([&](RoomTransaction& transaction) -> absl::Status {
        CAUSEWAY_ASSIGN_OR_RETURN(std::optional<AliasEntry> taken,
                                  transaction.FindAlias(alias));
        if (taken.has_value()) {
          room_id = taken->room_id;
          return absl::OkStatus();
        }
        transaction.AppendAlias({alias, room_id, creator});
        CAUSEWAY_ASSIGN_OR_RETURN(bool exists, transaction.RoomExists(room_id));
        if (exists) return absl::OkStatus();  // Only its alias was deleted.
        RoomState state;
        for (const EventDraft& draft : room.drafts) {
          CAUSEWAY_RETURN_IF_ERROR(
              AppendReported(transaction, room_id, draft, state).status());
        }
        return absl::OkStatus();
      }));
  return room_id;
}

}  // namespace causeway::homeserver
