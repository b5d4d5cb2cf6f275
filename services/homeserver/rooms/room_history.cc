#include "services/homeserver/rooms/room_history.h"

#include "services/shared/matrix/errors.h"

namespace causeway::homeserver {

absl::Status CheckStateBytes(const std::vector<StoredEvent>& state,
                             size_t bytes_max) {
  size_t bytes = 0;
  for (const StoredEvent& event : state) bytes += event.json.size();
  if (bytes <= bytes_max) return absl::OkStatus();
  return matrix::TooLarge("the state in this answer", kAnswerStateBytesMax);
}

absl::Status CheckMemberBytes(const std::vector<StoredMember>& members,
                              size_t bytes_max) {
  size_t bytes = 0;
  for (const StoredMember& member : members) bytes += member.event_json.size();
  if (bytes <= bytes_max) return absl::OkStatus();
  return matrix::TooLarge("the members in this answer", kAnswerMemberBytesMax);
}

}  // namespace causeway::homeserver
