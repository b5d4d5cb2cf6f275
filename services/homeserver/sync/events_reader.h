#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_EVENTS_READER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_EVENTS_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

inline constexpr int kEventsPageMax = 100;

// Who listens to the stream of events, and where they stand.
struct EventsQuery {
  matrix::UserId user_id;
  std::optional<int64_t> from;  // Absent: at the end.
  std::string room_id;          // Empty: of all their rooms.
};

struct EventsPage {
  std::vector<std::string> event_jsons;
  int64_t start = 0;                         // Where these begin.
  int64_t position = 0;                      // Where to go on from.
  std::vector<std::string> joined_room_ids;  // What there may be news of.
};

// Reads the stream of events as the API before /sync gave it, oldest first and
// without a gap.
// Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientv3events
//
// Thread-safe. Calls block on the history.
class EventsReader {
 public:
  // `history` must outlive the reader.
  explicit EventsReader(RoomHistory& history);

  // What the user may see in positions after `query.from` up to `position`,
  // which has been given already: at most kEventsPageMax, as it is told at the
  // time of `now`. PERMISSION_DENIED (M_FORBIDDEN) for a room that they never
  // were in, or have forgotten.
  absl::StatusOr<EventsPage> Read(const EventsQuery& query, int64_t position,
                                  absl::Time now);

 private:
  RoomHistory& history_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_EVENTS_READER_H_
