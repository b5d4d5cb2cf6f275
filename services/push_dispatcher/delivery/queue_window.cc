#include "services/push_dispatcher/delivery/queue_window.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/algorithm/container.h"

namespace causeway::push {
namespace {

// Entries that have an event behind `position`.
absl::Span<const QueueEntry> Behind(const std::vector<QueueEntry>& entries,
                                    int64_t position) {
  const auto begin = std::partition_point(
      entries.begin(), entries.end(),
      [&](const QueueEntry& entry) { return entry.last_position <= position; });
  return absl::MakeConstSpan(entries).subspan(
      static_cast<size_t>(begin - entries.begin()));
}

}  // namespace

bool QueueWindow::Covers(const Cursors& after) const {
  for (size_t i = 0; i < begin_.positions().size(); ++i) {
    const SourceId source_id = static_cast<SourceId>(i + 1);
    if (after.Get(source_id) < begin_.Get(source_id)) return false;
  }
  return true;
}

void QueueWindow::Restart(const Cursors& after) {
  begin_ = after;
  runs_.clear();
  others_reach_end_ = false;
  // A read that is under way is of another place; what it brings is dropped.
  reading_ = false;
  appended_.clear();
  lost_ = false;
}

void QueueWindow::Trim(const Cursors& after) {
  begin_ = after;
  for (auto& [source_id, run] : runs_) {
    std::vector<QueueEntry>& entries = run.entries;
    const size_t kept = Behind(entries, after.Get(source_id)).size();
    // Not at every step, so that each entry is moved once or so.
    if (kept * 2 > entries.size()) continue;
    entries.erase(entries.begin(),
                  entries.end() - static_cast<ptrdiff_t>(kept));
  }
}

bool QueueWindow::reaches_end() const {
  return others_reach_end_ &&
         std::all_of(runs_.begin(), runs_.end(),
                     [](const auto& run) { return run.second.reaches_end; });
}

bool QueueWindow::reaches_end(SourceId source_id) const {
  const auto run = runs_.find(source_id);
  return run == runs_.end() ? others_reach_end_ : run->second.reaches_end;
}

bool QueueWindow::RunsLow(const Cursors& after) const {
  bool has_plenty = false;
  for (const auto& [source_id, run] : runs_) {
    const bool is_plenty = IsPlenty(run, after.Get(source_id));
    if (!run.reaches_end && !is_plenty) return true;
    has_plenty = has_plenty || is_plenty;
  }
  return !others_reach_end_ && !has_plenty;
}

bool QueueWindow::IsPlenty(const Run& run, int64_t position) const {
  return Behind(run.entries, position).size() >=
         std::max<size_t>(1, entries_max_ / 4);
}

size_t QueueWindow::entry_count() const {
  size_t count = 0;
  for (const auto& [source_id, run] : runs_) count += run.entries.size();
  return count;
}

absl::Span<const QueueEntry> QueueWindow::Next(const Cursors& after,
                                               SourceId last_source) const {
  absl::Span<const QueueEntry> first;
  for (const auto& [source_id, run] : runs_) {
    const auto behind = Behind(run.entries, after.Get(source_id));
    if (behind.empty()) continue;
    if (source_id > last_source) return behind;
    if (first.empty()) first = behind;
  }
  return first;
}

void QueueWindow::Push(const QueueEntry& entry) {
  std::vector<QueueEntry>& entries = runs_[entry.segment.source_id].entries;
  if (entry.last_position <= begin_.Get(entry.segment.source_id) ||
      (!entries.empty() &&
       entry.last_position <= entries.back().last_position)) {
    return;
  }
  entries.push_back(entry);
}

Cursors QueueWindow::BeginRead(const Cursors& after, SourceId wanted) {
  reading_ = true;
  lost_ = false;
  appended_.clear();
  left_out_.clear();
  others_reach_end_ = false;
  Cursors end = begin_;
  for (auto& [source_id, run] : runs_) {
    if (source_id != wanted && IsPlenty(run, after.Get(source_id))) {
      left_out_.push_back(source_id);
      end.Set(source_id, std::numeric_limits<int64_t>::max());
      continue;
    }
    run.reaches_end = false;  // Until it is done.
    if (!run.entries.empty()) {
      end.Set(source_id,
              std::max(end.Get(source_id), run.entries.back().last_position));
    }
  }
  return end;
}

void QueueWindow::EndRead(std::vector<QueueEntry> entries,
                          absl::Span<const SourceId> with_more) {
  for (const QueueEntry& entry : entries) Push(entry);
  reading_ = false;
  others_reach_end_ = !lost_;
  for (auto& [source_id, run] : runs_) {
    if (absl::c_linear_search(left_out_, source_id)) continue;
    run.reaches_end = !lost_ && !absl::c_linear_search(with_more, source_id);
  }
  const std::vector<QueueEntry> appended = std::exchange(appended_, {});
  for (const QueueEntry& entry : appended) Append(entry);
}

void QueueWindow::AbandonRead() {
  reading_ = false;
  appended_.clear();
}

void QueueWindow::Append(const QueueEntry& entry) {
  const SourceId source_id = entry.segment.source_id;
  if (reading_ && !absl::c_linear_search(left_out_, source_id)) {
    if (appended_.size() < entries_max_) {
      appended_.push_back(entry);
    } else {
      lost_ = true;
    }
    return;
  }
  if (!reaches_end(source_id)) return;
  const bool has_room = entry_count() < entries_max_;
  runs_[source_id].reaches_end = has_room;
  if (has_room) Push(entry);
}

void QueueWindow::Lose() {
  others_reach_end_ = false;
  for (auto& [source_id, run] : runs_) run.reaches_end = false;
  lost_ = true;
}

}  // namespace causeway::push
