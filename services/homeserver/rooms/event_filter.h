#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_FILTER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_FILTER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::homeserver {

// Which events of a room a client wants to read.
// Source: https://spec.matrix.org/v1.17/client-server-api/#filtering
struct RoomEventFilter {
  // `*` stands for any characters. No `types`: all.
  std::vector<std::string> types = {};
  std::vector<std::string> not_types = {};
  std::optional<std::vector<std::string>> senders = std::nullopt;
  std::vector<std::string> not_senders = {};
  std::optional<std::vector<std::string>> rooms = std::nullopt;
  std::vector<std::string> not_rooms = {};
  // Whether `content.url` has to be there, or may not.
  std::optional<bool> contains_url = std::nullopt;
  bool lazy_load_members = false;

  bool TakesRoom(absl::string_view room_id) const;
  // Whether it asks for more than types.
  bool LooksInside() const;
  // By what stands in the event; its type isn't looked at.
  bool TakesEvent(const std::string& stored_json) const;
};

// `filter_json` is a RoomEventFilter, or empty for none. Its `limit` is left to
// the endpoint's own. INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON) names the
// field; what isn't known is ignored.
absl::StatusOr<RoomEventFilter> ParseRoomEventFilter(
    absl::string_view filter_json);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_FILTER_H_
