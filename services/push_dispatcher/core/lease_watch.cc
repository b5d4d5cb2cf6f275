#include "services/push_dispatcher/core/lease_watch.h"

#include <algorithm>
#include <utility>

namespace causeway::push {
namespace {

void SortByName(std::vector<ReplicaHeartbeat>& replicas) {
  std::sort(replicas.begin(), replicas.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

}  // namespace

void LeaseWatch::Observe(absl::Span<const ReplicaHeartbeat> replicas,
                         absl::Duration now) {
  absl::flat_hash_map<std::string, Seen> seen;
  for (const ReplicaHeartbeat& replica : replicas) {
    Seen& entry = seen[replica.name];
    entry = {.replica = replica, .since = now, .moved = false};
    const auto found = seen_.find(replica.name);
    if (!LookedOn(now) || found == seen_.end()) continue;
    const Seen& before = found->second;
    entry.moved = true;
    if (before.replica.incarnation == replica.incarnation &&
        before.replica.heartbeat == replica.heartbeat) {
      entry.since = before.since;
      entry.moved = before.moved;
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
    dead.push_back(seen.replica);
  }
  SortByName(dead);
  return dead;
}

std::vector<ReplicaHeartbeat> LeaseWatch::Lively(absl::Duration now) const {
  std::vector<ReplicaHeartbeat> lively;
  if (!LookedOn(now)) return lively;
  for (const auto& [name, seen] : seen_) {
    if (!seen.moved || now - seen.since >= dead_after_ / 2) continue;
    lively.push_back(seen.replica);
  }
  SortByName(lively);
  return lively;
}

}  // namespace causeway::push
