#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_FILTER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_FILTER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::homeserver {

// The parts of a client's filter that this server honours.
// Source: https://spec.matrix.org/v1.17/client-server-api/#filtering
struct SyncFilter {
  // Generous: published SDKs never fill the gap that a `limited` timeline
  // leaves, so that a small default loses messages.
  static constexpr int kTimelineLimitDefault = 50;
  static constexpr int kTimelineLimitMax = 1000;

  int timeline_limit = kTimelineLimitDefault;
  // Of the timeline; `*` stands for any characters. No `types`: all.
  std::vector<std::string> types;
  std::vector<std::string> not_types;
  // Absent: all rooms.
  std::optional<std::vector<std::string>> rooms;
  std::vector<std::string> not_rooms;

  bool TakesRoom(const std::string& room_id) const;
};

// INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON) names the field. What isn't known
// is ignored, and `timeline.limit` is brought within bounds.
absl::StatusOr<SyncFilter> ParseSyncFilter(absl::string_view filter_json);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_FILTER_H_
