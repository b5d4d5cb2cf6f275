#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_FILTER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_FILTER_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/event_filter.h"
#include "services/homeserver/sync/event_fields.h"

namespace causeway::homeserver {

// The parts of a client's filter that this server honours.
// Source: https://spec.matrix.org/v1.17/client-server-api/#filtering
struct SyncFilter {
  // Generous: published SDKs never fill the gap that a `limited` timeline
  // leaves, so that a small default loses messages.
  static constexpr int kTimelineLimitDefault = 50;
  static constexpr int kTimelineLimitMax = 1000;

  // Rooms altogether: only its `rooms` and `not_rooms` count.
  EventFilter room;
  bool include_leave = false;
  int timeline_limit = kTimelineLimitDefault;
  EventFilter timeline;
  EventFilter state;  // With `lazy_load_members`.
  EventFilter ephemeral;
  EventFilter room_account_data;
  EventFilter account_data;
  EventFilter presence;
  // What of events in rooms is told. Absent: all.
  std::optional<EventFields> event_fields;
};

// INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON) names the field. What isn't known
// is ignored, and `timeline.limit` is brought within bounds.
absl::StatusOr<SyncFilter> ParseSyncFilter(absl::string_view filter_json);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_FILTER_H_
