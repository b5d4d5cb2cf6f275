#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_LEASE_WATCH_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_LEASE_WATCH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace causeway::push {

// What one replica tells the others that it is alive by: a number that grows.
struct ReplicaHeartbeat {
  std::string name;
  // Each start of a process under this name is another incarnation.
  std::string incarnation;
  int64_t heartbeat = 0;
  std::string grpc_address = {};
  int64_t queue_count = 0;  // It owns, or is to own.
  bool leaving = false;     // It takes no more.
};

// Which replicas are dead, so that their queues may be taken over (hard case
// 9): those whose heartbeat has stood still for `dead_after` while this watch
// looked on. Only this process's monotonic clock counts, so a clock that is set
// or wrong, here or there, can't make a replica look dead. A replica that is
// seen for the first time gets the whole time; and so do all when the watch has
// not looked on for half of it, because the store was away or this process
// stood still. Without that everybody would take everybody's queues when the
// store is back, and two owners who live would send at the same time.
//
// Pure: observations and their times are given. Thread-compatible.
class LeaseWatch {
 public:
  explicit LeaseWatch(absl::Duration dead_after) : dead_after_(dead_after) {}

  // `replicas` is all there are, as read at `now`.
  void Observe(absl::Span<const ReplicaHeartbeat> replicas, absl::Duration now);

  // As they were last seen, by name. None if the last observation is too old to
  // tell.
  std::vector<ReplicaHeartbeat> Dead(absl::Duration now) const {
    return StoodStill(now, dead_after_);
  }
  // Those dead ones that have stood still for so long.
  std::vector<ReplicaHeartbeat> StoodStill(absl::Duration now,
                                           absl::Duration at_least) const;
  // Those of which it is sure that they are alive: their heartbeats were seen
  // to grow within the last half of `dead_after`. By name.
  std::vector<ReplicaHeartbeat> Lively(absl::Duration now) const;

 private:
  bool LookedOn(absl::Duration now) const {
    return now - observed_at_ <= dead_after_ / 2;
  }

  struct Seen {
    ReplicaHeartbeat replica;
    absl::Duration since;  // When it was first seen so.
    bool moved = false;    // It was seen otherwise before.
  };

  const absl::Duration dead_after_;
  absl::Duration observed_at_ = -absl::InfiniteDuration();
  absl::flat_hash_map<std::string, Seen> seen_;  // By name.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_LEASE_WATCH_H_
