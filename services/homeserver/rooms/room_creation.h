#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_CREATION_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_CREATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_content.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

inline constexpr size_t kInvitesMax = 100;
inline constexpr size_t kInitialStateMax = 100;

// What a room starts with unless told otherwise.
// Source: https://spec.matrix.org/v1.17/client-server-api/#post_matrixclientv3createroom
enum class RoomPreset { kPrivateChat, kPublicChat, kTrustedPrivateChat };

struct InitialState {
  std::string type;
  std::string state_key;
  std::string content_json;
};

// A room as somebody wants it.
struct RoomRequest {
  std::optional<matrix::RoomAlias> alias;
  RoomPreset preset = RoomPreset::kPrivateChat;
  bool is_public = false;  // On the server's list of public rooms.
  std::string name;        // Empty: none.
  std::string topic;       // Empty: none.
  std::vector<Member> invites;
  bool is_direct = false;
  std::vector<InitialState> initial_state;
  std::string creation_content_json;         // Empty, or an object.
  std::string power_level_content_override;  // Empty, or an object.
};

// The events that make the room, in the order of the specification. What
// `initial_state` names takes the place of the preset's event, and `name` and
// `topic` take the place of what `initial_state` names, so that no event is
// replaced before anybody has seen it. The creator has power level 100.
//
// Whether the room takes them is for CheckEventAllowed(), one after the other.
// INVALID_ARGUMENT (M_INVALID_PARAM, M_BAD_JSON, M_NOT_JSON) names the field.
absl::StatusOr<std::vector<EventDraft>> DraftNewRoom(const RoomRequest& request,
                                                     const Member& creator,
                                                     int64_t now_ms);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_CREATION_H_
