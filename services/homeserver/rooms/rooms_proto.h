#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_PROTO_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_PROTO_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/homeserver/rooms/event_redactor.h"
#include "services/homeserver/rooms/event_sender.h"
#include "services/homeserver/rooms/membership_changes.h"
#include "services/homeserver/rooms/room_creation.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_timeline.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/shared/matrix/identifiers.h"

// Between causeway.homeserver.v1.Rooms and the domain. What comes in fails with
// INVALID_ARGUMENT that names the field.
namespace causeway::homeserver {

// Aliases are made on `server_name`. M_UNSUPPORTED_ROOM_VERSION for any but
// kRoomVersion.
absl::StatusOr<RoomRequest> RoomRequestFromProto(
    const v1::CreateRoomRequest& proto, const matrix::ServerName& server_name);

absl::StatusOr<SendRequest> SendRequestFromProto(
    const v1::SendEventRequest& proto);

absl::StatusOr<MembershipAction> MembershipActionFromProto(
    v1::SetMembershipRequest::Action action);

absl::StatusOr<RedactRequest> RedactRequestFromProto(
    const v1::RedactEventRequest& proto);

// How many events are asked for: 0 and too large ones are brought within
// bounds.
absl::StatusOr<int> MessagesLimitFromProto(int32_t limit);

absl::StatusOr<MessagesQuery> MessagesQueryFromProto(
    const v1::GetMessagesRequest& proto);

v1::GetMessagesResponse MessagesPageToProto(const MessagesPage& page);

v1::GetEventContextResponse EventContextToProto(EventContext context);

// Nothing for an empty `token`.
absl::StatusOr<std::optional<int64_t>> PositionFromToken(
    const std::string& token, absl::string_view field);

v1::GetMembersResponse::Member MemberToProto(const StoredMember& member);

v1::SyncResponse SyncResultToProto(SyncResult result);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOMS_PROTO_H_
