#include "services/homeserver/sync/member_counter.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

MemberCounter::MemberCounter(Options options, RoomHistory& history)
    : options_(options), history_(history) {}

absl::StatusOr<MemberCounts> MemberCounter::CountAt(const std::string& room_id,
                                                    int64_t position) {
  std::optional<Known> known;
  {
    absl::MutexLock lock(&mu_);
    const auto found = known_.find(room_id);
    if (found != known_.end()) known = found->second;
  }
  if (known.has_value() && known->position == position) return known->counts;
  MemberCounts counts;
  if (known.has_value() &&
      std::abs(known->position - position) <= options_.distance_max) {
    CAUSEWAY_ASSIGN_OR_RETURN(counts, CountFrom(*known, room_id, position));
  } else {
    CAUSEWAY_ASSIGN_OR_RETURN(counts,
                              history_.CountMembersAt(room_id, position));
  }
  Remember(room_id, {.position = position, .counts = counts});
  return counts;
}

absl::StatusOr<MemberCounts> MemberCounter::CountFrom(
    const Known& known, const std::string& room_id, int64_t position) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const MemberCounts change,
      history_.MemberCountChange(room_id, std::min(known.position, position),
                                 std::max(known.position, position)));
  const int sign = known.position < position ? 1 : -1;
  return MemberCounts{.joined = known.counts.joined + sign * change.joined,
                      .invited = known.counts.invited + sign * change.invited};
}

void MemberCounter::Remember(const std::string& room_id, const Known& known) {
  absl::MutexLock lock(&mu_);
  // Rooms that are active come back at once.
  if (known_.size() >= options_.rooms_max && !known_.contains(room_id)) {
    known_.clear();
  }
  Known& kept = known_[room_id];
  if (known.position > kept.position) kept = known;
}

}  // namespace causeway::homeserver
