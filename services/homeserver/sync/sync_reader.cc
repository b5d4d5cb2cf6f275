#include "services/homeserver/sync/sync_reader.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/history_visibility.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// What of a room's state an invitation shows.
// Source: https://spec.matrix.org/v1.17/client-server-api/#stripped-state
constexpr const char* kInviteStateTypes[] = {
    kCreateType, kJoinRulesType, kCanonicalAliasType, kNameType,
    kAvatarType, kTopicType,     kEncryptionType,
};

std::vector<std::string> JsonsOf(std::vector<StoredEvent> events) {
  std::vector<std::string> jsons;
  jsons.reserve(events.size());
  for (StoredEvent& event : events) jsons.push_back(std::move(event.json));
  return jsons;
}

// Whether the user has been in the room all the time since `since`. Changes of
// a member event that leave its membership are profile changes.
bool JoinedAllSince(const std::vector<MembershipChange>& memberships,
                    int64_t since) {
  bool joined = false;
  for (const MembershipChange& change : memberships) {
    const bool joins = change.membership == Membership::kJoin;
    if (change.position <= since) {
      joined = joins;
    } else if (!joins) {
      joined = false;
    }
  }
  return joined;
}

bool JoinedAt(const std::vector<MembershipChange>& memberships,
              int64_t position) {
  bool joined = false;
  for (const MembershipChange& change : memberships) {
    if (change.position > position) break;
    joined = change.membership == Membership::kJoin;
  }
  return joined;
}

// One Read(): the same query and position for every room.
class Reading {
 public:
  Reading(RoomHistory& history, const SyncQuery& query, int64_t position)
      : history_(history),
        query_(query),
        position_(position),
        since_(query.since.value_or(0) > position ? 0
                                                  : query.since.value_or(0)) {}

  absl::StatusOr<SyncResult> Run() {
    SyncResult result;
    result.position = position_;
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<RoomOfUser> rooms,
        history_.RoomsOf(query_.user_id.str(), position_, since_));
    for (const RoomOfUser& room : rooms) {
      if (!query_.filter.TakesRoom(room.room_id)) continue;
      CAUSEWAY_RETURN_IF_ERROR(ReadRoom(room, result));
    }
    return result;
  }

 private:
  bool is_first() const { return since_ == 0; }

  absl::Status ReadRoom(const RoomOfUser& room, SyncResult& result) {
    const bool is_changed = room.position > since_;
    switch (room.membership) {
      case Membership::kJoin:
        result.joined_room_ids.push_back(room.room_id);
        if (!room.has_news && !query_.full_state) return absl::OkStatus();
        return ReadJoined(room.room_id, result);
      case Membership::kInvite:
        if (!is_changed) return absl::OkStatus();
        return ReadInvited(room.room_id, result);
      case Membership::kLeave:
      case Membership::kBan:
        if (!is_changed || is_first()) return absl::OkStatus();
        return ReadLeft(room.room_id, result);
      case Membership::kKnock:
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  absl::Status ReadJoined(const std::string& room_id, SyncResult& result) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<MembershipChange> memberships,
        history_.MembershipsOf(room_id, query_.user_id.str()));
    const bool is_new = !JoinedAllSince(memberships, since_);
    SyncedRoom room;
    room.room_id = room_id;
    CAUSEWAY_RETURN_IF_ERROR(
        ReadTimeline(memberships, is_new ? 0 : since_, room));
    const int64_t known_state = is_new || query_.full_state ? 0 : since_;
    CAUSEWAY_RETURN_IF_ERROR(ReadState(known_state, room));
    CAUSEWAY_RETURN_IF_ERROR(ReadCounts(known_state, room));
    const bool has_news = !room.state.empty() || !room.timeline.empty();
    if (has_news) result.joined.push_back(std::move(room));
    return absl::OkStatus();
  }

  absl::Status ReadLeft(const std::string& room_id, SyncResult& result) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<MembershipChange> memberships,
        history_.MembershipsOf(room_id, query_.user_id.str()));
    SyncedRoom room;
    room.room_id = room_id;
    CAUSEWAY_RETURN_IF_ERROR(ReadTimeline(memberships, since_, room));
    // Who came and went in between knows nothing of the room, and who was
    // never in it is told nothing but that.
    if (JoinedAt(memberships, since_)) {
      CAUSEWAY_RETURN_IF_ERROR(ReadState(since_, room));
    }
    result.left.push_back(std::move(room));
    return absl::OkStatus();
  }

  // The end of what the user may see after position `after`.
  absl::Status ReadTimeline(const std::vector<MembershipChange>& memberships,
                            int64_t after, SyncedRoom& room) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::vector<VisibilityChange> visibilities,
                              history_.VisibilitiesOf(room.room_id));
    PositionRanges visible =
        Clip(VisibleRanges(visibilities, memberships), {after + 1, position_});
    // State that changed in a part that they may not see would be missing
    // between two parts that they may: the timeline is in one part.
    if (visible.size() > 1) {
      visible = {visible.back()};
      room.limited = true;
    }
    const size_t limit = query_.filter.timeline_limit;
    // One more than fits tells whether there is more.
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<StoredEvent> events,
        history_.FindEvents({.room_id = room.room_id,
                             .ranges = visible,
                             .newest_first = true,
                             .limit = static_cast<int>(limit) + 1,
                             .types = query_.filter.types,
                             .not_types = query_.filter.not_types}));
    if (events.size() > limit) {
      events.resize(limit);
      room.limited = true;
    }
    std::reverse(events.begin(), events.end());
    if (!events.empty()) {
      room.prev_position = events.front().position - 1;
    } else {
      room.prev_position = visible.empty() ? after : visible.back().last;
    }
    CAUSEWAY_RETURN_IF_ERROR(AddTxnIds(events));
    room.timeline = JsonsOf(std::move(events));
    return absl::OkStatus();
  }

  // The state before the timeline, as far as it is newer than `known`.
  absl::Status ReadState(int64_t known, SyncedRoom& room) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<StoredEvent> events,
        history_.StateAt(room.room_id, room.prev_position, known));
    room.state = JsonsOf(std::move(events));
    return absl::OkStatus();
  }

  // How many members there are, if any has come or gone since `known`.
  absl::Status ReadCounts(int64_t known, SyncedRoom& room) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::vector<StoredEvent> change,
        history_.FindEvents({.room_id = room.room_id,
                             .ranges = {{known + 1, position_}},
                             .newest_first = true,
                             .limit = 1,
                             .types = {kMemberType},
                             .not_types = {}}));
    if (change.empty()) return absl::OkStatus();
    CAUSEWAY_ASSIGN_OR_RETURN(auto counts,
                              history_.CountMembersAt(room.room_id, position_));
    room.joined_count = counts[Membership::kJoin];
    room.invited_count = counts[Membership::kInvite];
    return absl::OkStatus();
  }

  absl::Status AddTxnIds(std::vector<StoredEvent>& events) {
    if (events.empty()) return absl::OkStatus();
    CAUSEWAY_ASSIGN_OR_RETURN(
        auto txn_ids,
        history_.TxnIdsIn(query_.txn_scope,
                          {events.front().position, events.back().position}));
    for (StoredEvent& event : events) {
      auto sent = txn_ids.find(event.position);
      if (sent != txn_ids.end()) {
        event.json = ToClientForm(event.json, sent->second);
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadInvited(const std::string& room_id, SyncResult& result) {
    InvitedRoom room = {.room_id = room_id, .stripped_state = {}};
    for (const char* type : kInviteStateTypes) {
      CAUSEWAY_RETURN_IF_ERROR(AddStripped({type, ""}, room).status());
    }
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::optional<Event> invitation,
        AddStripped({kMemberType, query_.user_id.str()}, room));
    if (invitation.has_value()) {
      CAUSEWAY_RETURN_IF_ERROR(
          AddStripped({kMemberType, invitation->sender}, room).status());
    }
    result.invited.push_back(std::move(room));
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Event>> AddStripped(const StateKey& key,
                                                   InvitedRoom& room) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::optional<StoredEvent> stored,
        history_.StateEventAt(room.room_id, key, position_));
    if (!stored.has_value()) return std::optional<Event>();
    CAUSEWAY_ASSIGN_OR_RETURN(Event event,
                              ParseStoredEvent(std::move(stored->json)));
    room.stripped_state.push_back(ToStrippedState(event));
    return std::make_optional(std::move(event));
  }

  RoomHistory& history_;
  const SyncQuery& query_;
  const int64_t position_;
  const int64_t since_;  // 0: from the beginning.
};

}  // namespace

SyncReader::SyncReader(RoomHistory& history) : history_(history) {}

absl::StatusOr<SyncResult> SyncReader::Read(const SyncQuery& query,
                                            int64_t position) {
  return Reading(history_, query, position).Run();
}

}  // namespace causeway::homeserver
