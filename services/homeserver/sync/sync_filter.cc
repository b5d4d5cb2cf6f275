#include "services/homeserver/sync/sync_filter.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

// Nullopt when the field isn't there.
absl::StatusOr<std::optional<std::vector<std::string>>> GetStrings(
    const Json& object, absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* array,
                            matrix::GetOptionalArray(object, field));
  if (array == nullptr) return std::optional<std::vector<std::string>>();
  std::vector<std::string> strings;
  for (const Json& element : *array) {
    if (!element.is_string()) {
      return matrix::BadJson(field, "must hold only strings");
    }
    strings.push_back(element.get<std::string>());
  }
  return std::make_optional(std::move(strings));
}

bool Holds(const std::vector<std::string>& strings, const std::string& wanted) {
  return std::find(strings.begin(), strings.end(), wanted) != strings.end();
}

absl::Status ParseTimeline(const Json& timeline, SyncFilter& filter) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<int64_t> limit,
                            matrix::GetOptionalInt(timeline, "limit"));
  filter.timeline_limit = static_cast<int>(
      std::clamp<int64_t>(limit.value_or(SyncFilter::kTimelineLimitDefault), 1,
                          SyncFilter::kTimelineLimitMax));
  CAUSEWAY_ASSIGN_OR_RETURN(auto types, GetStrings(timeline, "types"));
  CAUSEWAY_ASSIGN_OR_RETURN(auto not_types, GetStrings(timeline, "not_types"));
  if (not_types.has_value()) filter.not_types = *std::move(not_types);
  if (!types.has_value()) return absl::OkStatus();
  if (types->empty()) {
    filter.not_types = {"*"};  // An empty list takes nothing.
  } else {
    filter.types = *std::move(types);
  }
  return absl::OkStatus();
}

}  // namespace

bool SyncFilter::TakesRoom(const std::string& room_id) const {
  if (rooms.has_value() && !Holds(*rooms, room_id)) return false;
  return !Holds(not_rooms, room_id);
}

absl::StatusOr<SyncFilter> ParseSyncFilter(absl::string_view filter_json) {
  SyncFilter filter;
  CAUSEWAY_ASSIGN_OR_RETURN(Json json, matrix::ParseObject(filter_json));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* room,
                            matrix::GetOptionalObject(json, "room"));
  if (room == nullptr) return filter;
  CAUSEWAY_ASSIGN_OR_RETURN(filter.rooms, GetStrings(*room, "rooms"));
  CAUSEWAY_ASSIGN_OR_RETURN(auto not_rooms, GetStrings(*room, "not_rooms"));
  if (not_rooms.has_value()) filter.not_rooms = *std::move(not_rooms);
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* timeline,
                            matrix::GetOptionalObject(*room, "timeline"));
  if (timeline != nullptr) {
    CAUSEWAY_RETURN_IF_ERROR(ParseTimeline(*timeline, filter));
  }
  return filter;
}

}  // namespace causeway::homeserver
