#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_READER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/sync/sync_filter.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Who wants to be told, and what they know.
struct SyncQuery {
  matrix::UserId user_id;
  // Whose transaction IDs are shown (ActingUser::txn_scope).
  std::string txn_scope;
  std::optional<int64_t> since;  // Absent: nothing yet.
  SyncFilter filter;
  bool full_state = false;
};

// One room of an answer. Which events are state *before* the timeline and which
// are in it is as the client applies them, one after the other.
struct SyncedRoom {
  std::string room_id;
  std::vector<std::string> state;
  std::vector<std::string> timeline;
  bool limited = false;  // There is more before the timeline.
  int64_t prev_position = 0;
  // Absent: as the client knows it.
  std::optional<int64_t> joined_count;
  std::optional<int64_t> invited_count;
};

struct InvitedRoom {
  std::string room_id;
  std::vector<std::string> stripped_state;
};

struct SyncResult {
  int64_t position = 0;  // Up to where the client knows now.
  std::vector<SyncedRoom> joined;
  std::vector<InvitedRoom> invited;
  std::vector<SyncedRoom> left;
  // The rooms whose events would be news, for whoever waits for some.
  std::vector<std::string> joined_room_ids;

  bool has_news() const {
    return !joined.empty() || !invited.empty() || !left.empty();
  }
};

// Works out what a client doesn't know yet.
// Source: https://spec.matrix.org/v1.17/client-server-api/#syncing
//
// A room that is new to the user since they asked last (first sync, just
// joined, left and joined again) comes with its whole state and the end of its
// timeline; any other one with what happened since.
//
// Thread-safe. Calls block on the history.
class SyncReader {
 public:
  // `history` must outlive the reader.
  explicit SyncReader(RoomHistory& history);

  // What happened up to `position`, which has been given already. A `since`
  // beyond it is of a stream that has been lost, and counts as none.
  absl::StatusOr<SyncResult> Read(const SyncQuery& query, int64_t position);

 private:
  RoomHistory& history_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_READER_H_
