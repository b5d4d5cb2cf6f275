#include "services/query_proxy/single_flight.h"

#include <algorithm>

namespace causeway::query {

SingleFlight::Joined SingleFlight::Join(
    const Key& key, const std::vector<std::string>& asked_uids,
    absl::string_view caused_by_uid, absl::Duration deadline, Deliver deliver) {
  absl::MutexLock lock(&mu_);
  auto [found, is_new] = flights_.try_emplace(key);
  Flight& flight = found->second;
  Joined joined{.role = Role::kLeader, .waiter = next_waiter_++};
  flight.waiters.emplace(joined.waiter, Waiter{.deadline = deadline,
                                               .deliver = std::move(deliver)});
  if (is_new) {
    flight.asked_uids = asked_uids;
    return joined;
  }
  const bool asks_causer =
      std::find(flight.asked_uids.begin(), flight.asked_uids.end(),
                caused_by_uid) != flight.asked_uids.end();
  joined.role = asks_causer ? Role::kSelf : Role::kJoined;
  return joined;
}

void SingleFlight::Leave(const Key& key, WaiterId waiter) {
  absl::MutexLock lock(&mu_);
  auto found = flights_.find(key);
  if (found != flights_.end()) found->second.waiters.erase(waiter);
}

absl::Duration SingleFlight::Deadline(const Key& key) const {
  absl::MutexLock lock(&mu_);
  absl::Duration latest = -absl::InfiniteDuration();
  auto found = flights_.find(key);
  if (found == flights_.end()) return latest;
  for (const auto& [id, waiter] : found->second.waiters) {
    latest = std::max(latest, waiter.deadline);
  }
  return latest;
}

void SingleFlight::Finish(const Key& key, const Answer& answer) {
  absl::flat_hash_map<WaiterId, Waiter> waiters;
  {
    absl::MutexLock lock(&mu_);
    auto found = flights_.find(key);
    if (found == flights_.end()) return;
    waiters = std::move(found->second.waiters);
    flights_.erase(found);
  }
  for (const auto& [id, waiter] : waiters) waiter.deliver(answer);
}

}  // namespace causeway::query
