#ifndef CAUSEWAY_SERVICES_HOMESERVER_NEWS_NEWS_KEY_H_
#define CAUSEWAY_SERVICES_HOMESERVER_NEWS_NEWS_KEY_H_

#include <cstdint>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace causeway::homeserver {

// What news is about, a room or a user, as a number: thousands wait, each for
// many rooms. Two things with the same number only wake somebody in vain.
// Means something in this process alone.
using NewsKey = uint64_t;

inline NewsKey NewsOfRoom(absl::string_view room_id) {
  return absl::HashOf('r', room_id);
}

// What concerns the user alone: their memberships, their account data.
inline NewsKey NewsOfUser(absl::string_view user_id) {
  return absl::HashOf('u', user_id);
}

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_NEWS_NEWS_KEY_H_
