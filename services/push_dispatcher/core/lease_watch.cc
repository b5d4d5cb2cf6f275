#include "services/push_dispatcher/core/lease_watch.h"

#include <algorithm>
#include <utility>

namespace causeway::push {

void LeaseWatch::Observe(absl::Span<const ReplicaHeartbeat> replicas,
                         absl::Duration now) {
  absl::flat_hash_map<std::string, Seen> seen;
  for (const ReplicaHeartbeat& replica : replicas) {
    Seen& entry = seen[replica.name];
    entry = {replica.incarnation, replica.heartbeat, now};
    const auto before = seen_.find(replica.name);
    if (LookedOn(now) && before != seen_.end() &&
        before->second.incarnation == replica.incarnation &&
        before->second.heartbeat == replica.heartbeat) {
      entry.since = before->second.since;
    }
  }
  seen_ = std::move(seen);
  observed_at_ = now;
}

std::vector<ReplicaHeartbeat> LeaseWatch::StoodStill(
    absl::Duration now, absl::Duration at_least) const {
  std::vector<ReplicaHeartbeat> dead;
  if (!LookedOn(now)) return dead;
  for (const auto& [name, seen] : seen_) {
    if (now - seen.since < std::max(at_least, dead_after_)) continue;
    dead.push_back({name, seen.incarnation, seen.heartbeat});
  }
  std::sort(dead.begin(), dead.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return dead;
}

}  // namespace causeway::push
