#include "tests/simulation/sim_range.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/ingest/range_records.h"
#include "services/push_dispatcher/ingest/room_cache.h"

namespace causeway::push::simulation {
namespace {

constexpr size_t kRoomMembersCachedMax = 1000;
constexpr int64_t kPositionsMax = 30;

// Whose user or alias that is: "@as1_u0:s", "#as1_a:s".
uint32_t OwnerBit(const std::string& id) {
  return uint32_t{1} << (id[3] - '0');
}

}  // namespace

std::optional<SimRange::Cursor> SimRange::Draw(AppserviceUid uid,
                                               Chance& chance) const {
  const StoreTables& tables = store_.tables();
  if (tables.sources.empty() || tables.applied_revision == 0) {
    return std::nullopt;
  }
  const auto source =
      std::next(tables.sources.begin(),
                static_cast<ptrdiff_t>(chance.Index(tables.sources.size())));
  const SourceId source_id = source->second.id;
  const int64_t cursor =
      std::min(tables.queues.at(uid).head.cursors.Get(source_id),
               source->second.end.position - 1);
  if (source->first == kReplaySource || cursor < 1) return std::nullopt;
  const int64_t last = chance.Between(1, cursor);
  return Cursor{source_id,
                std::max<int64_t>(1, last - chance.Below(kPositionsMax)), last};
}

EventFacts SimRange::FactsNow(SourceId source_id,
                              const SourceRecord& record) const {
  EventFacts facts = record.facts;
  facts.joined_before = facts.aliases_before = 0;
  const RoomFacts room =
      store_.LoadRoom(source_id, absl::StrCat("!r", facts.room, ":s"));
  for (const std::string& member : room.joined_members) {
    facts.joined_before |= OwnerBit(member);
  }
  for (const std::string& room_alias : room.aliases) {
    facts.aliases_before |= OwnerBit(room_alias);
  }
  return facts;
}

SimRange::Batch SimRange::Next(AppserviceUid uid, const Cursor& from) const {
  const StoreTables& tables = store_.tables();
  Batch batch;
  if (!tables.queues.contains(uid)) return batch;
  auto stored = tables.segments.upper_bound({from.source_id, from.first});
  if (stored != tables.segments.begin()) {
    const auto before = std::prev(stored);
    const int64_t end =
        before->first.second + before->second.encoded.record_count;
    if (before->first.first == from.source_id && end > from.first) {
      stored = before;
    }
  }
  if (stored == tables.segments.end() ||
      stored->first.first != from.source_id ||
      stored->first.second > from.last) {
    return batch;
  }
  const int64_t position = stored->first.second;
  const auto segment = Segment::Decode(stored->second.encoded);
  if (!segment.ok()) return batch;
  const RegistryRevision& registry = in_force();
  const auto& registrations = registry.rules->snapshot().registrations();
  const auto found = std::find_if(
      registrations.begin(), registrations.end(), [&](const auto& one) {
        return one != nullptr && one->uid == absl::StrCat(uid);
      });
  if (found == registrations.end()) return batch;
  const auto handle =
      static_cast<RoomInterest::Handle>(found - registrations.begin());

  RoomCache rooms(kRoomMembersCachedMax);
  const auto records = RecordsInRange(
      *segment, position, from.first, from.last,
      [&](absl::string_view json, bool) -> absl::StatusOr<PublishedRecord> {
        PublishedRecord record = published_.find(json)->second->published;
        record.event_json = json;
        return record;
      });
  for (const auto& [at, record] : *records) {
    if (rooms.Find(from.source_id, record.room_id) == nullptr) {
      rooms.Insert(
          from.source_id, record.room_id,
          RoomInterest(registry.rules, record.room_id,
                       store_.LoadRoom(from.source_id, record.room_id)));
    }
    const bool to_device = record.kind == PublishedRecord::Kind::kToDevice;
    if (Concerns(*registry.rules, handle, from.source_id, record, rooms)) {
      if (to_device) batch.act.to_device.Add(batch.act.events.size());
      batch.act.events.emplace_back(record.event_json);
    }
    const SourceRecord& published = *published_.find(record.event_json)->second;
    const std::vector<int64_t> interested =
        registry.InterestedIn(FactsNow(from.source_id, published));
    if (std::find(interested.begin(), interested.end(), uid) !=
        interested.end()) {
      batch.expected.push_back({published.event, to_device});
    }
  }
  batch.act.detail =
      absl::StrCat("source ", from.source_id, " ", from.first, "..", from.last);
  const int64_t next = position + stored->second.encoded.record_count;
  if (next <= from.last) batch.next = Cursor{from.source_id, next, from.last};
  return batch;
}

}  // namespace causeway::push::simulation
