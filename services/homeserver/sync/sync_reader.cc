#include "services/homeserver/sync/sync_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/sync/room_reader.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// 0: from the beginning.
int64_t KnownEvents(const SyncQuery& query, int64_t position) {
  if (!query.since.has_value() || query.since->events > position) return 0;
  return query.since->events;
}

absl::Status ReadRoom(RoomReader& reader, const SyncQuery& query, int64_t since,
                      const RoomOfUser& room, SyncResult& result) {
  const bool is_changed = room.position > since;
  switch (room.membership) {
    case Membership::kJoin: {
      result.joined_room_ids.push_back(room.room_id);
      if (!room.has_news && !query.full_state) return absl::OkStatus();
      CAUSEWAY_ASSIGN_OR_RETURN(std::optional<SyncedRoom> joined,
                                reader.ReadJoined(room.room_id));
      if (joined.has_value()) result.joined.push_back(*std::move(joined));
      return absl::OkStatus();
    }
    case Membership::kInvite: {
      if (!is_changed) return absl::OkStatus();
      CAUSEWAY_ASSIGN_OR_RETURN(InvitedRoom invited,
                                reader.ReadInvited(room.room_id));
      result.invited.push_back(std::move(invited));
      return absl::OkStatus();
    }
    case Membership::kLeave:
    case Membership::kBan: {
      // Who knows the room is to hear that it was left, forgotten or not.
      const bool is_wanted =
          since > 0 || (query.filter.include_leave && !room.forgotten);
      if (!is_changed || !is_wanted) return absl::OkStatus();
      CAUSEWAY_ASSIGN_OR_RETURN(SyncedRoom left, reader.ReadLeft(room.room_id));
      result.left.push_back(std::move(left));
      return absl::OkStatus();
    }
    case Membership::kKnock:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace

SyncReader::SyncReader(RoomHistory& history)
    : history_(history), counter_({}, history) {}

absl::StatusOr<SyncResult> SyncReader::Read(const SyncQuery& query,
                                            int64_t position, absl::Time now) {
  const int64_t since = KnownEvents(query, position);
  RoomReader reader(history_, counter_, query,
                    {.since = since, .position = position, .now = now});
  SyncResult result;
  result.position.events = position;
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<RoomOfUser> rooms,
      history_.RoomsOf(query.user_id.str(), position, since));
  for (const RoomOfUser& room : rooms) {
    if (!query.filter.room.TakesRoom(room.room_id)) continue;
    CAUSEWAY_RETURN_IF_ERROR(ReadRoom(reader, query, since, room, result));
  }
  return result;
}

}  // namespace causeway::homeserver
