#include "services/homeserver/rooms/room_history.h"

#include <cstddef>
#include <string>

#include "services/shared/matrix/errors.h"

namespace causeway::homeserver {
namespace {

template <typename Item>
size_t BytesOf(const std::vector<Item>& items, std::string Item::*json) {
  size_t bytes = 0;
  for (const Item& item : items) bytes += (item.*json).size();
  return bytes;
}

}  // namespace

absl::Status CheckStateBytes(const std::vector<StoredEvent>& state,
                             size_t bytes_max) {
  if (BytesOf(state, &StoredEvent::json) <= bytes_max) return absl::OkStatus();
  return matrix::TooLarge("the state in this answer", kAnswerStateBytesMax);
}

absl::Status CheckMemberBytes(const std::vector<StoredMember>& members,
                              size_t bytes_max) {
  if (BytesOf(members, &StoredMember::event_json) <= bytes_max) {
    return absl::OkStatus();
  }
  return matrix::TooLarge("the members in this answer", kAnswerMemberBytesMax);
}

}  // namespace causeway::homeserver
