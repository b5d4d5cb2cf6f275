#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_HISTORY_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/event_filter.h"
#include "services/homeserver/rooms/history_visibility.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/position_range.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// How many bytes of events one answer to a client tells of timelines: it ends
// before, and tells where to read on. Answers so stay far below what a message
// of gRPC may hold (server::kMessageBytesMax).
inline constexpr size_t kAnswerEventBytesMax = 8 << 20;
// The same of state, which can't be cut: an answer that has more is refused.
inline constexpr size_t kAnswerStateBytesMax = 40 << 20;

// The same of members, each of whom is told twice: by an event, and by what is
// in it.
inline constexpr size_t kAnswerMemberBytesMax = 30 << 20;

// How many events a filter is tried on for one room of an answer.
inline constexpr int kFilteredEventsMax = 10000;

struct StoredEvent {
  int64_t position = 0;
  std::string json;
};

// INVALID_ARGUMENT (M_TOO_LARGE) if `state` has more than `bytes_max` bytes,
// what is left of kAnswerStateBytesMax.
absl::Status CheckStateBytes(const std::vector<StoredEvent>& state,
                             size_t bytes_max);

struct StoredMember {
  std::string user_id;
  Membership membership = Membership::kLeave;
  std::string event_json;
};

// INVALID_ARGUMENT (M_TOO_LARGE) if the events of `members` have more than
// `bytes_max` bytes.
absl::Status CheckMemberBytes(const std::vector<StoredMember>& members,
                              size_t bytes_max);

// Which members: those with one membership, or those without one.
struct MemberChoice {
  std::optional<Membership> only = std::nullopt;     // Absent: all.
  std::optional<Membership> without = std::nullopt;  // Absent: all.
};

// How many users are in a room, or how many more.
struct MemberCounts {
  int64_t joined = 0;
  int64_t invited = 0;

  friend bool operator==(const MemberCounts&, const MemberCounts&) = default;
};

// One room that a user has, or had, something to do with.
struct RoomOfUser {
  std::string room_id;
  Membership membership = Membership::kLeave;
  int64_t position = 0;    // Of the event that made it so.
  bool has_news = false;   // See RoomsOf().
  bool forgotten = false;  // See RoomTransaction::ForgetRoom().
};

// Which events of a room: those in `ranges` that `filter` takes.
struct EventQuery {
  std::string room_id;
  PositionRanges ranges;
  bool newest_first = false;
  int limit = 0;
  EventFilter filter = {};
  // How many of the room's events from where the ranges begin to where they end
  // are looked at. 0: all of them.
  int looked_at_max = 0;
  // What is found ends with the first event with which it has more bytes.
  size_t bytes_max = kAnswerEventBytesMax;
};

// Reads what happened in rooms, as of any position that has been given: since
// positions become visible in order, several reads that name one position
// agree with each other, whatever is written meanwhile. Only redactions work
// backwards: an event is read as it is served today.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class RoomHistory {
 public:
  virtual ~RoomHistory() = default;

  // The last position that was given. 0 when there is none.
  virtual absl::StatusOr<int64_t> LastPosition() = 0;

  // The state events that stood at `position`, those that came to stand there
  // after position `after`; 0 for all. Fails as CheckStateBytes() says.
  virtual absl::StatusOr<std::vector<StoredEvent>> StateAt(
      absl::string_view room_id, int64_t position, int64_t after,
      size_t bytes_max) = 0;
  virtual absl::StatusOr<std::optional<StoredEvent>> StateEventAt(
      absl::string_view room_id, const StateKey& key, int64_t position) = 0;
  // As StateAt(), without m.room.member events, of which a room has thousands.
  virtual absl::StatusOr<std::vector<StoredEvent>> StateWithoutMembersAt(
      absl::string_view room_id, int64_t position, int64_t after,
      size_t bytes_max) = 0;
  // Those that stood in these places, ascending. M_TOO_LARGE as above.
  virtual absl::StatusOr<std::vector<StoredEvent>> StateEventsAt(
      absl::string_view room_id, const std::vector<StateKey>& keys,
      int64_t position, size_t bytes_max) = 0;
  // Whom a room without a name is called after: the members longest in it, but
  // for `user_id`, or if there are none, of those who were. At most `limit`.
  virtual absl::StatusOr<std::vector<std::string>> HeroesAt(
      absl::string_view room_id, absl::string_view user_id, int64_t position,
      int limit) = 0;
  // Ordered by user ID. Fails as CheckMemberBytes() says.
  virtual absl::StatusOr<std::vector<StoredMember>> MembersAt(
      absl::string_view room_id, int64_t position, const MemberChoice& choice,
      size_t bytes_max) = 0;
  // Looks at every member that the room ever had.
  virtual absl::StatusOr<MemberCounts> CountMembersAt(absl::string_view room_id,
                                                      int64_t position) = 0;
  // By how much the counts at `position` are above those at `after`. Looks at
  // what happened in between.
  virtual absl::StatusOr<MemberCounts> MemberCountChange(
      absl::string_view room_id, int64_t after, int64_t position) = 0;

  // In ascending order of position, or descending with `newest_first`. Never
  // nothing for want of bytes.
  virtual absl::StatusOr<std::vector<StoredEvent>> FindEvents(
      const EventQuery& query) = 0;
  // Up to where FindEvents() looks, inclusive, if it looks at as many events as
  // it may. Empty: at all that there are.
  virtual absl::StatusOr<std::optional<int64_t>> LookedUpTo(
      const EventQuery& query) = 0;
  // Empty if the room has no such event.
  virtual absl::StatusOr<std::optional<StoredEvent>> FindEvent(
      absl::string_view room_id, absl::string_view event_id) = 0;
  virtual absl::StatusOr<std::optional<StoredEvent>> FindEventInAnyRoom(
      absl::string_view event_id) = 0;
  // The client transaction IDs of what `scope` sent in these positions.
  virtual absl::StatusOr<std::map<int64_t, std::string>> TxnIdsIn(
      absl::string_view scope, PositionRange positions) = 0;

  // Both ascending.
  virtual absl::StatusOr<std::vector<MembershipChange>> MembershipsOf(
      absl::string_view room_id, absl::string_view user_id) = 0;
  virtual absl::StatusOr<std::vector<VisibilityChange>> VisibilitiesOf(
      absl::string_view room_id) = 0;

  // The rooms that have a member event of the user at `position`.
  // `has_news` tells whether anything happened in the room after `since`.
  virtual absl::StatusOr<std::vector<RoomOfUser>> RoomsOf(
      absl::string_view user_id, int64_t position, int64_t since) = 0;

  virtual absl::StatusOr<std::optional<AliasEntry>> FindAlias(
      const matrix::RoomAlias& alias) = 0;

  // In the order of their names.
  virtual absl::StatusOr<std::vector<std::string>> AliasesOf(
      absl::string_view room_id) = 0;
  // At most `limit` rooms, in the order of their IDs, that come after `after`.
  virtual absl::StatusOr<std::vector<std::string>> RoomIdsAfter(
      absl::string_view after, int limit) = 0;

  // What happened in positions, as far as it tells who is to be woken and who
  // is where: at most `limit` records, ascending.
  struct Touched {
    int64_t position = 0;
    std::string room_id;
    std::string member;    // Whose membership changed. Empty: nobody's.
    bool is_join = false;  // Whether they are in the room from here on.
  };
  virtual absl::StatusOr<std::vector<Touched>> TouchedAfter(int64_t position,
                                                            int limit) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_HISTORY_H_
