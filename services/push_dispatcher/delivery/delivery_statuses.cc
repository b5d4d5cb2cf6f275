#include "services/push_dispatcher/delivery/delivery_statuses.h"

#include <algorithm>
#include <utility>

namespace causeway::push {
namespace {

int CostOfLettingGo(Phase phase) {
  switch (phase) {
    case Phase::kIdle:
    case Phase::kPaused:
      return 0;
    case Phase::kSending:
    case Phase::kAwaitingStray:
    case Phase::kSendingEphemeral:
      return 2;
    default:
      return 1;
  }
}

}  // namespace

void DeliveryStatuses::Set(AppserviceUid uid, const DeliveryState& state) {
  absl::MutexLock lock(&mu_);
  const Phase phase = PhaseOf(state);
  if (phase == Phase::kUnowned) {
    statuses_.erase(uid);
    return;
  }
  DeliveryStatus& status = statuses_[uid];
  status.phase = phase;
  status.epoch = state.epoch;
  status.nonce = state.nonce;
  status.letting_go = state.draining;
  status.on_rejection = state.settings.on_rejection;
  status.last_outcome = state.last_outcome;
  status.attempts = state.attempts;
  status.rejections = state.rejections;
  status.last_error = state.last_error;
  status.last_http_status = state.last_http_status;
  status.last_answer_excerpt = state.last_answer_excerpt;
  status.last_attempt_time = state.last_attempt_time;
  status.obstacle = state.not_reproduced
                        ? "the sealed bytes can't be made again"
                        : state.load_error;
  const size_t front = state.settled.size();
  if (front < state.head.sealed.size()) {
    status.txn_id = state.head.sealed[front].txn_id;
  } else {
    status.txn_id.clear();
  }
  status.next_attempt_at = state.send_at;
}

std::shared_ptr<QueueTotals> DeliveryStatuses::OpenTotals(AppserviceUid uid) {
  absl::MutexLock lock(&mu_);
  std::shared_ptr<QueueTotals>& totals = totals_[uid];
  if (totals == nullptr) totals = std::make_shared<QueueTotals>();
  return totals;
}

void DeliveryStatuses::KeepTotals(
    absl::FunctionRef<bool(AppserviceUid)> is_kept) {
  absl::MutexLock lock(&mu_);
  absl::erase_if(totals_,
                 [&](const auto& counted) { return !is_kept(counted.first); });
}

std::optional<DeliveryStatus> DeliveryStatuses::Find(AppserviceUid uid) const {
  absl::MutexLock lock(&mu_);
  const auto status = statuses_.find(uid);
  if (status == statuses_.end()) return std::nullopt;
  return status->second;
}

std::optional<QueueTotals> DeliveryStatuses::Totals(AppserviceUid uid) const {
  absl::MutexLock lock(&mu_);
  const auto totals = totals_.find(uid);
  if (totals == totals_.end()) return std::nullopt;
  return *totals->second;
}

std::vector<AppserviceUid> DeliveryStatuses::Known() const {
  absl::MutexLock lock(&mu_);
  std::vector<AppserviceUid> uids;
  uids.reserve(totals_.size());
  for (const auto& [uid, totals] : totals_) uids.push_back(uid);
  return uids;
}

std::vector<HeldQueue> DeliveryStatuses::Held() const {
  absl::MutexLock lock(&mu_);
  std::vector<HeldQueue> held;
  held.reserve(statuses_.size());
  for (const auto& [uid, status] : statuses_) {
    held.push_back({uid, status.epoch, status.nonce});
  }
  return held;
}

std::map<Phase, int64_t> DeliveryStatuses::CountPhases() const {
  absl::MutexLock lock(&mu_);
  std::map<Phase, int64_t> counts;
  for (const auto& [uid, status] : statuses_) ++counts[status.phase];
  return counts;
}

std::vector<HeldQueue> DeliveryStatuses::Cheapest(size_t count) const {
  std::vector<std::pair<int, HeldQueue>> candidates;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [uid, status] : statuses_) {
      if (status.letting_go) continue;
      candidates.push_back(
          {CostOfLettingGo(status.phase), {uid, status.epoch, status.nonce}});
    }
  }
  count = std::min(count, candidates.size());
  std::partial_sort(candidates.begin(),
                    candidates.begin() + static_cast<ptrdiff_t>(count),
                    candidates.end(), [](const auto& a, const auto& b) {
                      return std::pair(a.first, a.second.uid) <
                             std::pair(b.first, b.second.uid);
                    });
  std::vector<HeldQueue> cheapest;
  for (size_t i = 0; i < count; ++i) {
    cheapest.push_back(std::move(candidates[i].second));
  }
  return cheapest;
}

bool DeliveryStatuses::AwaitNone(absl::Duration timeout) const {
  absl::MutexLock lock(&mu_);
  auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return statuses_.empty();
  };
  return mu_.AwaitWithTimeout(absl::Condition(&none), timeout);
}

}  // namespace causeway::push
