#ifndef CAUSEWAY_SERVICES_GATEWAY_ROOM_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_ROOM_JSON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/homeserver.pb.h"

// Rooms and their events, between the client-server API's JSON and the
// homeserver's messages. Only types are judged here.
// Parse functions fail with INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON,
// M_MISSING_PARAM, M_INVALID_PARAM), naming the field, and with
// PERMISSION_DENIED (M_FORBIDDEN) for invitations by third-party identifiers.
namespace causeway::gateway {

// The body of POST /createRoom, which may be missing. Without principal.
absl::StatusOr<homeserver::v1::CreateRoomRequest> ParseCreateRoom(
    absl::string_view body);

// The body of POST /rooms/{room_id}/{invite,kick,...}. Without principal and
// room. `needs_user` for those that name somebody.
absl::StatusOr<homeserver::v1::SetMembershipRequest> ParseSetMembership(
    absl::string_view body, homeserver::v1::SetMembershipRequest::Action action,
    bool needs_user);

// The `reason` of joining and redacting, whose body may be missing.
absl::StatusOr<std::string> ParseReason(absl::string_view body);

// The `room_id` of PUT /directory/room/{room_alias}.
absl::StatusOr<std::string> ParseAliasTarget(absl::string_view body);

// Whether `body` is a JSON object, valid from end to end. It goes on as the
// bytes it is.
absl::Status CheckObject(absl::string_view body);

std::string RoomIdAnswer(absl::string_view room_id);
std::string EventIdAnswer(absl::string_view event_id);
std::string JoinedRoomsAnswer(
    const homeserver::v1::GetJoinedRoomsResponse& response);
std::string AliasAnswer(absl::string_view room_id,
                        absl::string_view server_name);
std::string MembersAnswer(const homeserver::v1::GetMembersResponse& response);
std::string JoinedMembersAnswer(
    const homeserver::v1::GetMembersResponse& response);
std::string AliasesAnswer(
    const homeserver::v1::GetRoomAliasesResponse& response);
std::string ContextAnswer(
    const homeserver::v1::GetEventContextResponse& response);
// The filter of a first sync that tells what the user keeps of the room alone.
std::string RoomAccountDataFilter(absl::string_view room_id);
// `account_data` is the answer to that sync.
std::string InitialSyncAnswer(
    absl::string_view room_id,
    const homeserver::v1::GetInitialSyncResponse& response,
    const homeserver::v1::SyncResponse& account_data);
std::string MessagesAnswer(const homeserver::v1::GetMessagesResponse& response);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_ROOM_JSON_H_
