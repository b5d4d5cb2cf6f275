#include "services/homeserver/sync/sync_filter.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "services/homeserver/rooms/filter_lists.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;
using Strings = std::vector<std::string>;

// Each `*` takes as little as it may, and more when the rest doesn't fit.
bool Matches(absl::string_view pattern, absl::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = absl::string_view::npos;
  size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == absl::string_view::npos;
}

bool MatchesAny(const Strings& patterns, absl::string_view text) {
  return std::any_of(
      patterns.begin(), patterns.end(),
      [text](const std::string& pattern) { return Matches(pattern, text); });
}

// Of an object that may be missing, `parent`[`field`].
absl::Status ParseEventFilter(const Json& parent, absl::string_view field,
                              EventFilter& filter) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* json,
                            matrix::GetOptionalObject(parent, field));
  if (json == nullptr) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(filter.types, GetFilterList(*json, "types"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.not_types,
                            GetFilterListOrNone(*json, "not_types"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.senders, GetFilterList(*json, "senders"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.not_senders,
                            GetFilterListOrNone(*json, "not_senders"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.rooms, GetFilterList(*json, "rooms"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.not_rooms,
                            GetFilterListOrNone(*json, "not_rooms"));
  return absl::OkStatus();
}

absl::Status ParseRoom(const Json& room, SyncFilter& filter) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<bool> include_leave,
                            matrix::GetOptionalBool(room, "include_leave"));
  filter.include_leave = include_leave.value_or(false);
  CAUSEWAY_RETURN_IF_ERROR(ParseEventFilter(room, "timeline", filter.timeline));
  CAUSEWAY_RETURN_IF_ERROR(ParseEventFilter(room, "state", filter.state));
  CAUSEWAY_RETURN_IF_ERROR(
      ParseEventFilter(room, "ephemeral", filter.ephemeral));
  CAUSEWAY_RETURN_IF_ERROR(
      ParseEventFilter(room, "account_data", filter.room_account_data));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* timeline,
                            matrix::GetOptionalObject(room, "timeline"));
  if (timeline != nullptr) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<int64_t> limit,
                              matrix::GetOptionalInt(*timeline, "limit"));
    filter.timeline_limit = static_cast<int>(
        std::clamp<int64_t>(limit.value_or(SyncFilter::kTimelineLimitDefault),
                            1, SyncFilter::kTimelineLimitMax));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* state,
                            matrix::GetOptionalObject(room, "state"));
  if (state != nullptr) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::optional<bool> lazy,
        matrix::GetOptionalBool(*state, "lazy_load_members"));
    filter.lazy_load_members = lazy.value_or(false);
  }
  return absl::OkStatus();
}

}  // namespace

bool EventFilter::Takes(absl::string_view type,
                        absl::string_view sender) const {
  if (types.has_value() && !MatchesAny(*types, type)) return false;
  if (senders.has_value() && !ListHolds(*senders, sender)) return false;
  return !MatchesAny(not_types, type) && !ListHolds(not_senders, sender);
}

bool EventFilter::TakesRoom(absl::string_view room_id) const {
  if (rooms.has_value() && !ListHolds(*rooms, room_id)) return false;
  return !ListHolds(not_rooms, room_id);
}

bool EventFilter::takes_all() const {
  return !types.has_value() && !senders.has_value() && not_types.empty() &&
         not_senders.empty();
}

bool EventFilter::takes_nothing() const {
  return (types.has_value() && types->empty()) ||
         (senders.has_value() && senders->empty()) || ListHolds(not_types, "*");
}

absl::StatusOr<SyncFilter> ParseSyncFilter(absl::string_view filter_json) {
  SyncFilter filter;
  CAUSEWAY_ASSIGN_OR_RETURN(Json json, matrix::ParseObject(filter_json));
  CAUSEWAY_RETURN_IF_ERROR(
      ParseEventFilter(json, "account_data", filter.account_data));
  CAUSEWAY_RETURN_IF_ERROR(ParseEventFilter(json, "presence", filter.presence));
  CAUSEWAY_RETURN_IF_ERROR(ParseEventFilter(json, "room", filter.room));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* room,
                            matrix::GetOptionalObject(json, "room"));
  if (room != nullptr) CAUSEWAY_RETURN_IF_ERROR(ParseRoom(*room, filter));
  return filter;
}

}  // namespace causeway::homeserver
