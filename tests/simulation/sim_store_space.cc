// How the store gives space back: store/postgres_sweep.cc, step by step, by the
// service's own rules.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>

#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {
namespace {

// Of a row, about.
constexpr int64_t kEntryBytes = 20;

}  // namespace

bool SimStore::IsWanted(const StoreTables::EntryKey& key) const {
  const auto& [uid, source_id, last_position] = key;
  const auto queue = tables_.queues.find(uid);
  return queue != tables_.queues.end() &&
         last_position > queue->second.head.cursors.Get(source_id);
}

std::vector<Generation> SimStore::ListGenerations(absl::Duration now) const {
  std::map<int32_t, int64_t> bytes;
  for (const auto& [key, segment] : tables_.segments) {
    bytes[segment.generation] +=
        static_cast<int64_t>(segment.encoded.data.size());
  }
  for (const auto& [key, entry] : tables_.entries) {
    bytes[entry.generation] += kEntryBytes;
  }
  std::vector<Generation> generations;
  for (const auto& [id, opened_at] : tables_.generations) {
    generations.push_back({.id = id,
                           .bytes = bytes[id],
                           .empty = bytes[id] == 0,
                           .age = now - opened_at});
  }
  return generations;
}

int32_t SimStore::OldestWritten() const {
  int32_t oldest = tables_.generations.rbegin()->first;
  for (const auto& [name, source] : tables_.sources) {
    oldest = std::min(oldest, source.generation);
  }
  return oldest;
}

bool SimStore::OpenGeneration(int32_t newest_seen, absl::Duration now) {
  const int32_t newest = tables_.generations.rbegin()->first;
  if (newest != newest_seen) return false;
  tables_.generations[newest + 1] = now;
  for (auto& [name, source] : tables_.sources) source.generation = newest + 1;
  return true;
}

WantedOfGeneration SimStore::MeasureWanted(int32_t generation) const {
  WantedOfGeneration wanted;
  std::set<StoreTables::SegmentKey> segments;
  for (const auto& [key, entry] : tables_.entries) {
    if (entry.generation != generation || !IsWanted(key)) continue;
    ++wanted.entry_count;
    segments.insert({std::get<1>(key), entry.segment_first_position});
  }
  for (const StoreTables::SegmentKey& key : segments) {
    const auto segment = tables_.segments.find(key);
    if (segment == tables_.segments.end()) continue;
    wanted.bytes += static_cast<int64_t>(segment->second.encoded.data.size());
  }
  return wanted;
}

// What is wanted of it is moved in the same transaction.
bool SimStore::DropGeneration(int32_t generation) {
  if (!tables_.generations.contains(generation) || generation == 0 ||
      generation >= OldestWritten()) {
    return false;
  }
  std::set<StoreTables::SegmentKey> moved;
  for (auto& [key, entry] : tables_.entries) {
    if (entry.generation != generation || !IsWanted(key)) continue;
    if (fault_ == PlantedFault::kSweptUnacknowledged) continue;
    entry.generation = 0;
    moved.insert({std::get<1>(key), entry.segment_first_position});
  }
  if (fault_ != PlantedFault::kSweptSegmentAlone) {
    for (const StoreTables::SegmentKey& key : moved) {
      const auto segment = tables_.segments.find(key);
      if (segment != tables_.segments.end()) segment->second.generation = 0;
    }
  }
  std::erase_if(tables_.entries, [&](const auto& entry) {
    return entry.second.generation == generation;
  });
  std::erase_if(tables_.segments, [&](const auto& segment) {
    return segment.second.generation == generation;
  });
  tables_.generations.erase(generation);
  return true;
}

bool SimStore::DeleteMoved() {
  std::set<StoreTables::SegmentKey> wanted;
  const size_t deleted = std::erase_if(tables_.entries, [&](const auto& entry) {
    if (entry.second.generation != 0) return false;
    if (!IsWanted(entry.first)) return true;
    wanted.insert(
        {std::get<1>(entry.first), entry.second.segment_first_position});
    return false;
  });
  if (deleted == 0) return false;
  std::erase_if(tables_.segments, [&](const auto& segment) {
    return segment.second.generation == 0 && !wanted.contains(segment.first);
  });
  return true;
}

}  // namespace causeway::push::simulation
