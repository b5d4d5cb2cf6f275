#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_FILTER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_FILTER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::homeserver {

// Which events of one kind a client wants. What is absent takes all, an empty
// list nothing.
struct EventFilter {
  std::optional<std::vector<std::string>> types;  // `*`: any characters.
  std::vector<std::string> not_types;
  std::optional<std::vector<std::string>> senders;
  std::vector<std::string> not_senders;
  std::optional<std::vector<std::string>> rooms;
  std::vector<std::string> not_rooms;

  bool Takes(absl::string_view type, absl::string_view sender) const;
  bool TakesRoom(absl::string_view room_id) const;
  // Whether Takes() is true of anything.
  bool takes_all() const;
  // Whether it is of nothing.
  bool takes_nothing() const;
};

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
  EventFilter state;
  // Of the members only those that the timeline needs.
  bool lazy_load_members = false;
  EventFilter ephemeral;
  EventFilter room_account_data;
  EventFilter account_data;
  EventFilter presence;
};

// INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON) names the field. What isn't known
// is ignored, and `timeline.limit` is brought within bounds.
absl::StatusOr<SyncFilter> ParseSyncFilter(absl::string_view filter_json);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_FILTER_H_
