#include "services/push_dispatcher/delivery/queue_window.h"

#include <algorithm>
#include <utility>

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
  entries_.clear();
  reaches_end_ = false;
  // A read that is under way is of another place; what it brings is dropped.
  reading_ = false;
  appended_.clear();
  lost_ = false;
}

void QueueWindow::Trim(const Cursors& after) {
  begin_ = after;
  for (auto& [source_id, entries] : entries_) {
    const size_t kept = Behind(entries, after.Get(source_id)).size();
    // Not at every step, so that each entry is moved once or so.
    if (kept * 2 > entries.size()) continue;
    entries.erase(entries.begin(),
                  entries.end() - static_cast<ptrdiff_t>(kept));
  }
}

Cursors QueueWindow::end() const {
  Cursors end = begin_;
  for (const auto& [source_id, entries] : entries_) {
    if (entries.empty()) continue;
    end.Set(source_id,
            std::max(end.Get(source_id), entries.back().last_position));
  }
  return end;
}

size_t QueueWindow::entry_count() const {
  size_t count = 0;
  for (const auto& [source_id, entries] : entries_) count += entries.size();
  return count;
}

absl::Span<const QueueEntry> QueueWindow::Next(const Cursors& after,
                                               SourceId last_source) const {
  absl::Span<const QueueEntry> first;
  for (const auto& [source_id, entries] : entries_) {
    const auto behind = Behind(entries, after.Get(source_id));
    if (behind.empty()) continue;
    if (source_id > last_source) return behind;
    if (first.empty()) first = behind;
  }
  return first;
}

void QueueWindow::Push(const QueueEntry& entry) {
  std::vector<QueueEntry>& entries = entries_[entry.segment.source_id];
  if (entry.last_position <= begin_.Get(entry.segment.source_id) ||
      (!entries.empty() &&
       entry.last_position <= entries.back().last_position)) {
    return;
  }
  entries.push_back(entry);
}

void QueueWindow::BeginRead() {
  reading_ = true;
  lost_ = false;
  appended_.clear();
}

void QueueWindow::EndRead(std::vector<QueueEntry> entries, bool is_all) {
  for (const QueueEntry& entry : entries) Push(entry);
  reading_ = false;
  reaches_end_ = is_all && !lost_;
  const std::vector<QueueEntry> appended = std::exchange(appended_, {});
  for (const QueueEntry& entry : appended) Append(entry);
}

void QueueWindow::AbandonRead() {
  reading_ = false;
  appended_.clear();
}

void QueueWindow::Append(const QueueEntry& entry) {
  if (reading_) {
    if (appended_.size() < entries_max_) {
      appended_.push_back(entry);
    } else {
      lost_ = true;
    }
    return;
  }
  if (!reaches_end_) return;
  if (entry_count() >= entries_max_) {
    reaches_end_ = false;
    return;
  }
  Push(entry);
}

void QueueWindow::Lose() {
  reaches_end_ = false;
  lost_ = true;
}

}  // namespace causeway::push
