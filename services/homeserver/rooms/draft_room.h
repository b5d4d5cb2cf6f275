#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_DRAFT_ROOM_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_DRAFT_ROOM_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/accounts/profile.h"
#include "services/homeserver/rooms/event.h"
#include "services/shared/matrix/identifiers.h"

// Rooms that an application service describes in the draft's answer to an alias
// query: the homeserver makes them, with the scrollback that is in the answer.
// Source: the draft of 2015, "Room Alias Query" and the IRC example.
//
// The events are the application service's word about what happened elsewhere,
// so no power levels stand in their way; which senders it may speak for is
// decided before (authorization.h).
namespace causeway::homeserver {

// One event of the answer.
struct DraftAnswerEvent {
  std::string type;
  std::optional<std::string> state_key;
  matrix::UserId sender;
  std::string content_json;
  int64_t origin_server_ts = 0;  // 0: the application service didn't say.
};

struct DraftAnswer {
  std::vector<DraftAnswerEvent> state;
  std::vector<DraftAnswerEvent> events;
};

// The FIXED room ID of the room behind an alias of such an answer:
// `#x:domain` -> `!x:domain`.
absl::StatusOr<matrix::RoomId> MirroredRoomId(const matrix::RoomAlias& alias);

// The users that an answer speaks of, each once, in order of appearance: its
// senders, and whom its member events are about.
std::vector<matrix::UserId> UsersOf(const DraftAnswer& answer);

struct DraftRoom {
  std::vector<EventDraft> drafts;
  // Events that can't be stored ("events[3]: ..."), for the log.
  std::vector<std::string> left_out;
};

// The room's events: what every room has, the answer's state (which takes the
// place of what every room has), a join of each sender, and the messages with
// the timestamps that they had. `creator` is the application service's own
// user. `profiles` has those of the senders; one that isn't there is empty.
absl::StatusOr<DraftRoom> DraftRoomFromAnswer(
    const matrix::RoomAlias& alias, const matrix::UserId& creator,
    const DraftAnswer& answer,
    const std::map<matrix::UserId, Profile>& profiles, int64_t now_ms);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_DRAFT_ROOM_H_
