#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_EVENTS_READER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_EVENTS_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/homeserver/sync/update_reader.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

inline constexpr int kEventsPageMax = 100;

// Who listens to the stream of events, and where they stand.
struct EventsQuery {
  matrix::UserId user_id;
  std::optional<SyncPosition> from;  // Absent: at the end.
  std::string room_id;               // Empty: of all their rooms.
};

struct EventsPage {
  std::vector<std::string> event_jsons;
  SyncPosition start;                        // Where these begin.
  SyncPosition position;                     // Where to go on from.
  std::vector<std::string> joined_room_ids;  // What there may be news of.
  std::vector<std::string> new_room_ids;     // Those joined since the start.
};

// Reads the stream of events as the API before /sync gave it, oldest first and
// without a gap; and after these typing, receipts and presence.
// Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientv3events
//
// Thread-safe. Calls block on the history.
class EventsReader {
 public:
  // Both must outlive the reader.
  EventsReader(RoomHistory& history, UpdateReader& updates);

  // What the user may see in positions after `query.from` up to `position`,
  // which has been given already, their own memberships always: at most
  // kEventsPageMax, as it is told at the time of `now`. PERMISSION_DENIED
  // (M_FORBIDDEN) for a room that they never were in, or have forgotten.
  absl::StatusOr<EventsPage> Read(const EventsQuery& query, int64_t position,
                                  absl::Time now);

 private:
  // The events of the page.
  absl::Status ReadRooms(const EventsQuery& query, int64_t position,
                         absl::Time now, EventsPage& page);
  // Appends what isn't events of rooms.
  absl::Status ReadUpdates(const EventsQuery& query, EventsPage& page);

  RoomHistory& history_;
  UpdateReader& updates_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_EVENTS_READER_H_
