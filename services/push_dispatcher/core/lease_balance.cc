#include "services/push_dispatcher/core/lease_balance.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "absl/algorithm/container.h"

namespace causeway::push {
namespace {

// Of its share, how much more or less a replica may have before queues move.
constexpr double kDeviationMax = 0.1;

struct Load {
  std::string name;
  int64_t queue_count = 0;
};

bool Contains(absl::Span<const ReplicaHeartbeat> replicas,
              const std::string& name) {
  return std::any_of(replicas.begin(), replicas.end(),
                     [&](const auto& r) { return r.name == name; });
}

// As if all that leaves were gone already.
std::vector<Load> LoadsOf(absl::Span<const ReplicaHeartbeat> replicas,
                          const std::string& own_name,
                          absl::Span<const HandedQueue> leaving) {
  std::vector<Load> loads;
  for (const ReplicaHeartbeat& replica : replicas) {
    Load load = {replica.name, replica.queue_count};
    for (const HandedQueue& handed : leaving) {
      if (replica.name == own_name) --load.queue_count;
      if (replica.name == handed.heir) ++load.queue_count;
    }
    loads.push_back(std::move(load));
  }
  return loads;
}

bool HasFewer(const Load& a, const Load& b) {
  return a.queue_count < b.queue_count;
}

// Whether anybody has clearly more or less than a fair share.
bool AreUneven(absl::Span<const Load> loads) {
  int64_t total = 0;
  for (const Load& load : loads) total += load.queue_count;
  const double share =
      static_cast<double>(total) / static_cast<double>(loads.size());
  return std::any_of(loads.begin(), loads.end(), [&](const Load& load) {
    return std::abs(static_cast<double>(load.queue_count) - share) >
           share * kDeviationMax;
  });
}

// What `name` is to give of the plan, at most so many.
std::vector<std::string> OwnSteps(std::vector<Load> loads,
                                  const std::string& name, size_t count_max) {
  std::vector<std::string> heirs;
  while (heirs.size() < count_max) {
    // Of equals the first by name, for all replicas alike.
    const auto most = std::max_element(loads.begin(), loads.end(), HasFewer);
    const auto least = std::min_element(loads.begin(), loads.end(), HasFewer);
    if (most->queue_count - least->queue_count < 2) break;
    --most->queue_count;
    ++least->queue_count;
    if (most->name == name) heirs.push_back(least->name);
  }
  return heirs;
}

}  // namespace

LeaseBalance::LeaseBalance(std::string name, double moves_per_second_max,
                           absl::Duration round_interval, absl::Duration now)
    : name_(std::move(name)),
      moves_per_second_max_(moves_per_second_max),
      allowance_max_(std::max(
          1.0, moves_per_second_max * absl::ToDoubleSeconds(round_interval))),
      earned_at_(now) {}

void LeaseBalance::Earn(absl::Duration now) {
  allowance_ = std::min(
      allowance_max_, allowance_ + moves_per_second_max_ *
                                       absl::ToDoubleSeconds(now - earned_at_));
  earned_at_ = now;
}

std::vector<std::string> LeaseBalance::Heirs(
    absl::Span<const ReplicaHeartbeat> lively, absl::Duration now) {
  Earn(now);
  if (moves_per_second_max_ == 0 || !Contains(lively, name_)) return {};
  std::vector<Load> loads = LoadsOf(lively, name_, leaving_);
  giving_ = giving_ || AreUneven(loads);
  if (!giving_) return {};
  // One at least is asked for, to learn whether there is any left to give.
  std::vector<std::string> heirs =
      OwnSteps(std::move(loads), name_,
               std::max<size_t>(1, static_cast<size_t>(allowance_)));
  giving_ = !heirs.empty();
  if (allowance_ < 1) heirs.clear();
  return heirs;
}

void LeaseBalance::Leave(HeldQueue queue, std::string heir) {
  allowance_ -= 1;
  leaving_.push_back({std::move(queue), std::move(heir)});
}

std::vector<HandedQueue> LeaseBalance::LetGo(
    absl::Span<const HeldQueue> held,
    absl::Span<const ReplicaHeartbeat> lively) {
  std::vector<HandedQueue> let_go;
  std::erase_if(leaving_, [&](const HandedQueue& handed) {
    const auto is_it = [&](const HeldQueue& queue) {
      return queue.uid == handed.queue.uid;
    };
    const auto found = std::find_if(held.begin(), held.end(), is_it);
    if (found != held.end()) return *found != handed.queue;
    if (!Contains(lively, handed.heir)) return true;
    let_go.push_back(handed);
    return false;
  });
  return let_go;
}

std::vector<HandedQueue> LeaseBalance::HandedOver(
    absl::Span<const AppserviceUid> uids) {
  std::vector<HandedQueue> handed_over;
  std::erase_if(leaving_, [&](const HandedQueue& handed) {
    if (!absl::c_linear_search(uids, handed.queue.uid)) return false;
    handed_over.push_back(handed);
    return true;
  });
  return handed_over;
}

}  // namespace causeway::push
