// The fifth part of the fake: where sources have been, and other histories.
#include <iterator>
#include <string>
#include <tuple>
#include <utility>

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
  if (source == sources_.end()) return absl::NotFoundError("no such source");
  return HistoryOf(source->second);
}

absl::Status FakePushStore::RestartSource(absl::string_view name,
                                          int64_t incarnation,
                                          const ChainPoint& common) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const auto found = sources_.find(std::string(name));
  if (found == sources_.end()) return absl::NotFoundError("no such source");
  SourceState& source = found->second;
  CAUSEWAY_RETURN_IF_ERROR(
      CheckRestart(source, HistoryOf(source), incarnation, common));
  AuditRecord act = RestartRecord(source, common);
  act.id = ++last_record_id_;
  act.create_time = now_;
  act.actor = kDispatcherActor;
  acts_.push_back(std::move(act));
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
