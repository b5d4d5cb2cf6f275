#include "services/homeserver/rooms/event_filter.h"

#include <utility>

#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/filter_lists.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;
using Strings = std::vector<std::string>;

bool HasUrl(const Event& event) {
  absl::StatusOr<Json> content = matrix::ParseObject(event.content_json);
  return content.ok() && matrix::GetString(*content, "url").ok();
}

absl::Status ParseTypes(const Json& json, RoomEventFilter& filter) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Strings> types,
                            GetFilterList(json, "types"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.not_types,
                            GetFilterListOrNone(json, "not_types"));
  if (!types.has_value()) return absl::OkStatus();
  if (types->empty()) {
    filter.not_types = {"*"};  // An empty list takes nothing.
  } else {
    filter.types = *std::move(types);
  }
  return absl::OkStatus();
}

}  // namespace

bool RoomEventFilter::TakesRoom(absl::string_view room_id) const {
  if (rooms.has_value() && !ListHolds(*rooms, room_id)) return false;
  return !ListHolds(not_rooms, room_id);
}

bool RoomEventFilter::LooksInside() const {
  return senders.has_value() || !not_senders.empty() ||
         contains_url.has_value();
}

bool RoomEventFilter::TakesEvent(const std::string& stored_json) const {
  if (!LooksInside()) return true;
  absl::StatusOr<Event> event = ParseStoredEvent(stored_json);
  if (!event.ok()) return false;
  if (senders.has_value() && !ListHolds(*senders, event->sender)) return false;
  if (ListHolds(not_senders, event->sender)) return false;
  return !contains_url.has_value() || HasUrl(*event) == *contains_url;
}

absl::StatusOr<RoomEventFilter> ParseRoomEventFilter(
    absl::string_view filter_json) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(filter_json));
  RoomEventFilter filter;
  CAUSEWAY_RETURN_IF_ERROR(ParseTypes(json, filter));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.senders, GetFilterList(json, "senders"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.not_senders,
                            GetFilterListOrNone(json, "not_senders"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.rooms, GetFilterList(json, "rooms"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.not_rooms,
                            GetFilterListOrNone(json, "not_rooms"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.contains_url,
                            matrix::GetOptionalBool(json, "contains_url"));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<bool> lazy,
                            matrix::GetOptionalBool(json, "lazy_load_members"));
  filter.lazy_load_members = lazy.value_or(false);
  return filter;
}

}  // namespace causeway::homeserver
