#include "services/homeserver/sync/sync_filter.h"

#include <algorithm>
#include <cstdint>

#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;
// Of an object that may be missing, `parent`[`field`].
absl::Status Parse(const Json& parent, absl::string_view field,
                   EventFilter& filter) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* json,
                            matrix::GetOptionalObject(parent, field));
  if (json == nullptr) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(filter, EventFilterFromJson(*json));
  return absl::OkStatus();
}

absl::Status ParseRoom(const Json& room, SyncFilter& filter) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<bool> include_leave,
                            matrix::GetOptionalBool(room, "include_leave"));
  filter.include_leave = include_leave.value_or(false);
  CAUSEWAY_RETURN_IF_ERROR(Parse(room, "timeline", filter.timeline));
  CAUSEWAY_RETURN_IF_ERROR(Parse(room, "state", filter.state));
  CAUSEWAY_RETURN_IF_ERROR(Parse(room, "ephemeral", filter.ephemeral));
  CAUSEWAY_RETURN_IF_ERROR(
      Parse(room, "account_data", filter.room_account_data));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* timeline,
                            matrix::GetOptionalObject(room, "timeline"));
  if (timeline != nullptr) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<int64_t> limit,
                              matrix::GetOptionalInt(*timeline, "limit"));
    filter.timeline_limit = static_cast<int>(
        std::clamp<int64_t>(limit.value_or(SyncFilter::kTimelineLimitDefault),
                            0, SyncFilter::kTimelineLimitMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SyncFilter> ParseSyncFilter(absl::string_view filter_json) {
  SyncFilter filter;
  CAUSEWAY_ASSIGN_OR_RETURN(Json json, matrix::ParseObject(filter_json));
  CAUSEWAY_RETURN_IF_ERROR(Parse(json, "account_data", filter.account_data));
  CAUSEWAY_RETURN_IF_ERROR(Parse(json, "presence", filter.presence));
  CAUSEWAY_RETURN_IF_ERROR(Parse(json, "room", filter.room));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* room,
                            matrix::GetOptionalObject(json, "room"));
  if (room != nullptr) CAUSEWAY_RETURN_IF_ERROR(ParseRoom(*room, filter));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.event_fields, ParseEventFields(json));
  return filter;
}

}  // namespace causeway::homeserver
