#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_TIMELINE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_TIMELINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/event_filter.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_view.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Who reads, and whose transaction IDs they are told.
struct Reader {
  matrix::UserId user_id;
  std::string txn_scope;  // ActingUser::txn_scope.
};

// Pages through a room. Positions stand between events: `from` 17 is after the
// event at 17 and before the one at 18.
struct MessagesQuery {
  bool backwards = false;
  std::optional<int64_t> from;  // Absent: the room's end, or its beginning.
  std::optional<int64_t> to;    // Where to stop.
  int limit = 10;
  EventFilter filter;
};

struct MessagesPage {
  std::vector<std::string> event_jsons;
  int64_t start = 0;
  std::optional<int64_t> end;  // Absent: there is no more.
  // With lazy_load_members: the member events of the senders.
  std::vector<std::string> state;
};

// What was said around an event.
struct EventContext {
  std::string event_json;
  std::vector<std::string> before;  // The newest first.
  std::vector<std::string> after;
  // After the last event of all; with lazy_load_members only the senders.
  std::vector<std::string> state;
  int64_t start = 0;
  int64_t end = 0;
};

// Rooms' events as one user may see them (room_view.h), in the form for
// clients.
//
// All fail with PERMISSION_DENIED (M_FORBIDDEN) where the user may see nothing
// of the room, and those that name an event with NOT_FOUND (M_NOT_FOUND), also
// for one that they may not see.
//
// Thread-safe. Calls block on the history.
class RoomTimeline {
 public:
  // Both must outlive the timeline.
  RoomTimeline(RoomHistory& history, const Clock& clock);

  absl::StatusOr<MessagesPage> Messages(const Reader& reader,
                                        absl::string_view room_id,
                                        const MessagesQuery& query);
  absl::StatusOr<std::string> FindEvent(const Reader& reader,
                                        absl::string_view room_id,
                                        absl::string_view event_id);
  // For an operator, who sees all: an event as it is stored.
  absl::StatusOr<std::string> FindAnyEvent(absl::string_view event_id);
  // `limit` is for both sides together.
  absl::StatusOr<EventContext> Context(const Reader& reader,
                                       absl::string_view room_id,
                                       absl::string_view event_id, int limit,
                                       const EventFilter& filter);

 private:
  // The events of a page, and where it ends if there is more.
  struct Found {
    std::vector<StoredEvent> events;
    std::optional<int64_t> last_position;
  };
  // At least one event, if there is any, and more up to `bytes_max`.
  absl::StatusOr<Found> FindMessages(absl::string_view room_id,
                                     const PositionRanges& visible,
                                     PositionRange window,
                                     const MessagesQuery& query,
                                     size_t bytes_max);
  absl::StatusOr<StoredEvent> FindVisible(const RoomView& view,
                                          absl::string_view room_id,
                                          absl::string_view event_id);
  absl::StatusOr<std::vector<std::string>> SendersOf(
      absl::string_view room_id, const std::vector<StoredEvent>& events,
      int64_t position);
  absl::StatusOr<std::vector<std::string>> ForClient(
      const Reader& reader, const std::vector<StoredEvent>& events);

  RoomHistory& history_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_TIMELINE_H_
