#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_ROOM_READER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_ROOM_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/history_visibility.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/sync/member_counter.h"
#include "services/homeserver/sync/sync_result.h"

namespace causeway::homeserver {

// Reads single rooms of one /sync: from where to where is the same for all.
//
// Thread-compatible. Calls block on the history.
class RoomReader {
 public:
  struct Window {
    int64_t since = 0;     // What the client knows. 0: nothing.
    int64_t position = 0;  // Up to where it is told.
    absl::Time now;
    size_t state_bytes_max = kAnswerStateBytesMax;  // Of all rooms.
  };

  // All must outlive the reader. What it reads fails with INVALID_ARGUMENT
  // (M_TOO_LARGE) once the rooms have more state than `window` allows.
  RoomReader(RoomHistory& history, MemberCounter& counter,
             const SyncQuery& query, Window window);

  // Of a room that the user is in. Empty: nothing that they want to know.
  absl::StatusOr<std::optional<SyncedRoom>> ReadJoined(
      const std::string& room_id);
  // Of a room that they are out of: how it was when they went.
  absl::StatusOr<SyncedRoom> ReadLeft(const std::string& room_id);
  absl::StatusOr<InvitedRoom> ReadInvited(const std::string& room_id);

 private:
  // What the timeline has told, and so the state needn't.
  struct Told {
    // Where the state is to be told of: before the timeline, or at its end if a
    // filter leaves events out of it.
    int64_t state_position = 0;
    std::set<int64_t> positions = {};    // Of the events.
    std::set<std::string> senders = {};  // Whose members lazy loading wants.
    bool is_cut = false;  // By kAnswerEventBytesMax or kFilteredEventsMax.
  };

  // What of the room the user may see after position `after`.
  absl::StatusOr<PositionRanges> VisibleIn(
      const std::string& room_id,
      const std::vector<MembershipChange>& memberships, int64_t after);
  // The end of what is `visible`, all of it after position `after`.
  absl::StatusOr<Told> ReadTimeline(PositionRanges visible, int64_t after,
                                    SyncedRoom& room);
  // Whether what an outsider sees of the room may have changed since `known`.
  absl::StatusOr<bool> MayLookDifferent(const std::string& room_id,
                                        int64_t known);
  // How the room looks from outside, if that has changed since `known`.
  absl::Status ReadSummary(int64_t known, SyncedRoom& room);
  // The state beside the timeline, as far as it is newer than `known`; with
  // lazy loading, of the members only `told.senders`, but of those always.
  absl::Status ReadState(int64_t known, const Told& told, SyncedRoom& room);
  // Of state that is told.
  absl::Status TakeStateBytes(const std::vector<StoredEvent>& state);
  // What of an event the client wants.
  std::string Pick(std::string event_json) const;
  absl::StatusOr<std::vector<std::string>> ToClients(
      std::vector<StoredEvent> events);

  RoomHistory& history_;
  MemberCounter& counter_;
  const SyncQuery& query_;
  const Window window_;
  size_t timeline_bytes_left_ = kAnswerEventBytesMax;  // For all rooms.
  size_t state_bytes_left_ = window_.state_bytes_max;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_ROOM_READER_H_
