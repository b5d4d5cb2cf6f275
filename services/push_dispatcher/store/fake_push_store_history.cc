// The fifth part of the fake: where sources have been, and other histories.
#include <iterator>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/store/source_history.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {

SourceHistory FakePushStore::HistoryOf(const SourceState& source) const {
  SourceHistory history = {.incarnation = source.incarnation};
  if (const auto points = points_.find(source.id); points != points_.end()) {
    for (auto it = points->second.rbegin(); it != points->second.rend(); ++it) {
      history.passed.push_back({it->first, it->second.prefix_sha256});
    }
  }
  if (const auto left = left_.find(source.id); left != left_.end()) {
    history.left.assign(left->second.rbegin(), left->second.rend());
  }
  return history;
}

absl::StatusOr<SourceHistory> FakePushStore::GetSourceHistory(
    absl::string_view name) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const auto source = sources_.find(std::string(name));
  if (source == sources_.end()) return NoSuchSource(name);
  return HistoryOf(source->second);
}

absl::Status FakePushStore::RestartSource(absl::string_view name,
                                          int64_t incarnation,
                                          const ChainPoint& common) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const auto found = sources_.find(std::string(name));
  if (found == sources_.end()) return NoSuchSource(name);
  SourceState& source = found->second;
  CAUSEWAY_RETURN_IF_ERROR(
      CheckRestart(source, HistoryOf(source), incarnation, common));
  KeepSourceActs(kDispatcherActor, {RestartRecord(source, common)});
  left_[source.id].push_back(EndOfHistory(source));
  source = Restarted(source, common);
  auto is_of_source = [id = source.id](const auto& row) {
    return std::get<0>(row) == id;
  };
  std::erase_if(members_, is_of_source);
  std::erase_if(aliases_, is_of_source);
  auto& points = points_[source.id];
  points.erase(points.upper_bound(common.position), points.end());
  return absl::OkStatus();
}

absl::StatusOr<int64_t> FakePushStore::ForgetLeftHistories(
    absl::string_view source_name, const std::string& reason) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const auto source = sources_.find(std::string(source_name));
  if (source == sources_.end()) return NoSuchSource(source_name);
  std::vector<ChainPoint>& left = left_[source->second.id];
  const auto count = static_cast<int64_t>(left.size());
  left.clear();
  KeepSourceActs(kOperatorActor, {ForgottenRecord(source_name, count, reason)});
  return count;
}

void FakePushStore::KeepSourceActs(absl::string_view actor,
                                   const std::vector<AuditRecord>& acts) {
  for (AuditRecord act : acts) {
    act.id = ++last_record_id_;
    act.create_time = now_;
    act.actor = std::string(actor);
    acts_.push_back(std::move(act));
  }
}

void FakePushStore::KeepSourcePoints(absl::Duration interval) {
  for (const auto& [name, source] : sources_) {
    auto& points = points_[source.id];
    const auto point =
        PointToNote(source, points.empty() ? 0 : points.rbegin()->first);
    if (!point.has_value() ||
        (!points.empty() &&
         points.rbegin()->second.create_time > now_ - interval)) {
      continue;
    }
    points[point->position] = {point->prefix_sha256, now_};
    if (points.size() > kSourcePointsMax) points.erase(points.begin());
  }
}

}  // namespace causeway::push
