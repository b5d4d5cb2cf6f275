// What ingest does.
#include <algorithm>
#include <cstddef>
#include <iterator>

#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {

SourceState SimStore::OpenSource(const std::string& name) {
  const auto [source, inserted] = tables_.sources.try_emplace(name);
  if (inserted) {
    source->second.id = static_cast<SourceId>(tables_.sources.size());
    source->second.name = name;
    source->second.generation = tables_.generations.rbegin()->first;
    source->second.registry_revision = tables_.applied_revision;
    tables_.points[source->second.id][1] = {ChainPoint().prefix_sha256, {}};
  }
  return source->second;
}

std::vector<ChainPoint> SimStore::PassedPoints(SourceId source_id,
                                               int64_t first,
                                               int64_t last) const {
  std::vector<ChainPoint> points;
  for (auto segment = tables_.segments.lower_bound({source_id, first});
       segment != tables_.segments.end() &&
       segment->first <= StoreTables::SegmentKey(source_id, last);
       ++segment) {
    points.push_back({segment->first.second, segment->second.prefix_sha256});
  }
  return points;
}

RoomFacts SimStore::LoadRoom(SourceId source_id,
                             const std::string& room_id) const {
  RoomFacts facts;
  for (const bool members : {true, false}) {
    const auto& rows = members ? tables_.members : tables_.aliases;
    auto& result = members ? facts.joined_members : facts.aliases;
    for (auto row = rows.lower_bound({source_id, room_id, ""});
         row != rows.end() && std::get<0>(*row) == source_id &&
         std::get<1>(*row) == room_id;
         ++row) {
      result.push_back(std::get<2>(*row));
    }
  }
  return facts;
}

bool SimStore::Commit(const IngestBatch& batch, absl::Time wall,
                      const std::vector<StreamEvent>& names) {
  const auto source = std::find_if(
      tables_.sources.begin(), tables_.sources.end(),
      [&](const auto& s) { return s.second.id == batch.before.id; });
  if (source == tables_.sources.end()) return false;
  SourceState& state = source->second;
  SourceState before = batch.before;
  if (fault_ == PlantedFault::kRegistrationUnchecked) {
    before.registry_revision = state.registry_revision;
  }
  if (fault_ == PlantedFault::kSourceNameUnchecked) before.name = state.name;
  // Not part of the compare-and-set: it is only written.
  before.upstream = state.upstream;
  if (!batch.segment.has_value()) before.generation = state.generation;
  if (state != before && fault_ != PlantedFault::kGapAccepted) return false;
  if (batch.upstream.has_value() &&
      ListUpstreamRecords(state.id, batch.upstream->txn_id) !=
          batch.upstream_known) {
    return false;
  }
  state.end = batch.end;
  if (batch.upstream.has_value()) {
    state.upstream = true;
    tables_.upstream[state.id].push_back(*batch.upstream);
  }

  const SourceId source_id = before.id;
  const int64_t first_position = before.end.position;
  if (batch.segment.has_value()) {
    tables_.segments[{source_id, first_position}] = {
        before.end.prefix_sha256, *batch.segment, wall, before.generation};
  }
  for (size_t i = 0; i < names.size(); ++i) {
    const int64_t position = first_position + static_cast<int64_t>(i);
    // Else it has its name already, where it was news.
    if (position < state.news.position) continue;
    tables_.names[{source_id, position}] = {.event = names[i], .replayed = {}};
  }
  for (const NewQueueEntry& entry : batch.entries) {
    tables_.entries[{entry.uid, source_id, entry.last_position}] = {
        first_position, entry.events, before.generation};
  }
  for (const MemberChange& change : batch.member_changes) {
    const StoreTables::RoomKey key(source_id, change.room_id, change.user_id);
    change.joined ? void(tables_.members.insert(key))
                  : void(tables_.members.erase(key));
  }
  for (const AliasChange& change : batch.alias_changes) {
    const StoreTables::RoomKey key(source_id, change.room_id,
                                   change.room_alias);
    change.present ? void(tables_.aliases.insert(key))
                   : void(tables_.aliases.erase(key));
  }
  return true;
}

SourceHistory SimStore::GetSourceHistory(const std::string& name) const {
  const SourceState& source = tables_.sources.at(name);
  SourceHistory history = {.incarnation = source.incarnation};
  if (const auto points = tables_.points.find(source.id);
      points != tables_.points.end()) {
    for (auto it = points->second.rbegin(); it != points->second.rend(); ++it) {
      history.passed.push_back({it->first, it->second.prefix_sha256});
    }
  }
  if (const auto left = tables_.left.find(source.id);
      left != tables_.left.end()) {
    history.left = left->second;
  }
  if (fault_ == PlantedFault::kPlaceAheadUntold) {
    std::erase_if(history.passed, [&](const ChainPoint& point) {
      return point.position > source.end.position - source.offset;
    });
  }
  return history;
}

bool SimStore::RestartSource(const SimRestart& restart, absl::Duration now) {
  const auto found = tables_.sources.find(restart.source);
  if (found == tables_.sources.end() ||
      !CheckRestart(found->second, GetSourceHistory(restart.source),
                    restart.incarnation, restart.common)
           .ok()) {
    return false;
  }
  SourceState& source = found->second;
  const ChainPoint end = {source.end.position - source.offset,
                          source.end.prefix_sha256};
  if (fault_ == PlantedFault::kRestartRefusedTwice &&
      restart.common.position >= end.position) {
    return false;
  }
  tables_.left[source.id].push_back(
      fault_ == PlantedFault::kLeftBeforeParting ? end : EndOfHistory(source));
  SourceRestarted restarted = {now, restart.events};
  for (auto told = tables_.names.lower_bound(
           {source.id, source.offset + restart.common.position});
       told != tables_.names.end() && told->first.first == source.id; ++told) {
    restarted.events.insert(told->second.event);
  }
  source = Restarted(source, restart.common);
  if (fault_ == PlantedFault::kPositionsGivenAgain) {
    source.end.position -= source.offset;
    source.news.position -= source.offset;
    source.offset = 0;
  }
  if (fault_ != PlantedFault::kRoomsNotForgotten) {
    const auto is_of_source = [id = source.id](const auto& row) {
      return std::get<0>(row) == id;
    };
    std::erase_if(tables_.members, is_of_source);
    std::erase_if(tables_.aliases, is_of_source);
  }
  auto& points = tables_.points[source.id];
  points.erase(points.upper_bound(restart.common.position), points.end());
  if (fault_ != PlantedFault::kRestartUnrecorded) {
    history_.source_restarts.push_back(std::move(restarted));
  }
  return true;
}

void SimStore::KeepSourcePoints(absl::Duration interval, absl::Duration now) {
  for (const auto& [name, source] : tables_.sources) {
    auto& points = tables_.points[source.id];
    const auto point =
        PointToNote(source, points.empty() ? 0 : points.rbegin()->first);
    if (!point.has_value() ||
        (!points.empty() && points.rbegin()->second.time > now - interval)) {
      continue;
    }
    points[point->position] = {point->prefix_sha256, now};
  }
}

EventFacts SimStore::TakeFacts(const SourceRecord& record) {
  SourceRecord told = record;
  tables_.upstream_rooms[record.event.stream].Enter(told);
  return told.facts;
}

std::vector<UpstreamRecord> SimStore::ListUpstreamRecords(
    SourceId source_id, const std::string& txn_id) const {
  std::vector<UpstreamRecord> records;
  const auto kept = tables_.upstream.find(source_id);
  if (kept == tables_.upstream.end()) return records;
  std::copy_if(kept->second.rbegin(), kept->second.rend(),
               std::back_inserter(records),
               [&](const auto& record) { return record.txn_id == txn_id; });
  return records;
}

std::pair<int64_t, bool> SimStore::ApplyRegistry(
    int64_t revision, const std::vector<AppserviceUid>& uids,
    absl::Duration now) {
  if (tables_.applied_revision >= revision) {
    return {tables_.applied_revision, false};
  }
  tables_.applied_revision = revision;
  for (auto& [name, source] : tables_.sources) {
    source.registry_revision = revision;
  }
  bool created = false;
  for (AppserviceUid uid : uids) {
    if (tables_.tombstones.contains(uid)) continue;
    const auto [queue, inserted] = tables_.queues.try_emplace(uid);
    if (!inserted) continue;
    created = true;
    queue->second.changed_at = now;
    for (const auto& [name, source] : tables_.sources) {
      queue->second.head.cursors.Set(source.id, source.end.position - 1);
    }
  }
  for (const auto& [uid, appservice] : history_.appservice_by_uid) {
    const bool known = std::find(uids.begin(), uids.end(), uid) != uids.end();
    // Whatever was registered once and isn't any more; what never was in force
    // here needs no tombstone.
    if (!known && tables_.queues.contains(uid)) {
      tables_.tombstones.insert(uid);
      tables_.queues.erase(uid);
      history_.unregistered.try_emplace(uid, now);
    }
  }
  return {revision, created};
}

}  // namespace causeway::push::simulation
