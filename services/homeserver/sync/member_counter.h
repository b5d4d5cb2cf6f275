#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_MEMBER_COUNTER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_MEMBER_COUNTER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/rooms/room_history.h"

namespace causeway::homeserver {

// Counts the members of rooms, for summaries. A change of membership is told to
// all members, so that each would count all: the last count of a room is
// remembered, and only what happened since is added to it, or taken away.
// What happened up to a position never changes, so a count never gets old.
//
// Thread-safe. Calls block on the history.
class MemberCounter {
 public:
  struct Options {
    size_t rooms_max = 10000;  // Remembered, in some 200 bytes each.
    // Beyond so many positions the members are fewer than what happened.
    int64_t distance_max = 10000;
  };

  // `history` must outlive the counter.
  MemberCounter(Options options, RoomHistory& history);

  absl::StatusOr<MemberCounts> CountAt(const std::string& room_id,
                                       int64_t position)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Known {
    int64_t position = 0;
    MemberCounts counts;
  };

  absl::StatusOr<MemberCounts> CountFrom(const Known& known,
                                         const std::string& room_id,
                                         int64_t position);
  void Remember(const std::string& room_id, const Known& known)
      ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  RoomHistory& history_;
  absl::Mutex mu_;
  absl::flat_hash_map<std::string, Known> known_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_MEMBER_COUNTER_H_
