#include "tests/simulation/sim_queue_reader.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

namespace causeway::push::simulation {
namespace {

constexpr size_t kAll = std::numeric_limits<size_t>::max();

bool Has(const Segment& segment, size_t index) {
  return index < segment.record_count() && !segment.record(index).empty();
}

}  // namespace

std::string CheapDigest(absl::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a.
  for (char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

std::shared_ptr<const Segment> SimQueueReader::GetSegment(
    const StoreTables::SegmentKey& key) {
  const auto stored = store_.tables().segments.find(key);
  if (stored == store_.tables().segments.end()) return nullptr;
  const EncodedSegment& encoded = stored->second.encoded;
  std::shared_ptr<const Segment>& cached = segments_[{key, encoded.content_id}];
  if (cached != nullptr) return cached;
  auto segment = Segment::Decode(encoded);
  if (!segment.ok()) return nullptr;
  return cached = std::make_shared<const Segment>(*std::move(segment));
}

bool SimQueueReader::Read(AppserviceUid uid, SourceId source_id, int64_t after,
                          size_t count_max, int64_t until,
                          std::vector<Event>& events) {
  const StoreTables& tables = store_.tables();
  for (auto entry = tables.entries.lower_bound({uid, source_id, after + 1});
       entry != tables.entries.end() && std::get<0>(entry->first) == uid &&
       std::get<1>(entry->first) == source_id;
       ++entry) {
    const int64_t first = entry->second.segment_first_position;
    const StoreTables::SegmentKey key(source_id, first);
    const std::shared_ptr<const Segment> segment = GetSegment(key);
    const auto stored = tables.segments.find(key);
    if (segment == nullptr || stored == tables.segments.end()) return false;
    const int64_t skipped = after + 1 - first;
    for (std::optional<size_t> index = entry->second.events.Next(
             skipped > 0 ? static_cast<size_t>(skipped) : 0);
         index.has_value(); index = entry->second.events.Next(*index + 1)) {
      const int64_t position = first + static_cast<int64_t>(*index);
      if (events.size() == count_max || position > until) return true;
      if (!Has(*segment, *index)) return false;
      events.push_back({position, segment, segment->record(*index),
                        segment->is_to_device(*index) &&
                            fault_ != PlantedFault::kToDeviceMarkLost,
                        stored->second.publish_time});
    }
  }
  return true;
}

std::shared_ptr<const std::string> SimQueueReader::Finish(
    TransactionBody& body) const {
  std::shared_ptr<const std::string> bytes = body.Finish();
  if (!other_bytes_) return bytes;
  return std::make_shared<const std::string>(absl::StrCat(*bytes, " "));
}

Cut SimQueueReader::MakeCut(SourceId source_id,
                            const std::vector<Event>& events, size_t& begin,
                            const TransactionLimits& limits,
                            absl::Time expired_before,
                            const std::string& ephemeral) {
  Cut cut;
  cut.source_id = source_id;
  const bool expired = events[begin].publish_time < expired_before;
  TransactionBody body(limits);
  for (; begin < events.size(); ++begin) {
    const Event& event = events[begin];
    if ((event.publish_time < expired_before) != expired || !Add(event, body)) {
      cut.full = true;
      break;
    }
    cut.last_position = event.position;
    cut.publish_time = event.publish_time;
  }
  cut.event_count = body.event_count();
  if (cut.event_count == limits.events_max) cut.full = true;
  if (!ephemeral.empty() && body.AddEphemeral(ephemeral)) {
    cut.ephemeral = ephemeral;
  }
  cut.body_format = body.format();
  cut.body = Finish(body);
  cut.body_sha256 = CheapDigest(*cut.body);
  return cut;
}

DeliveryEvent SimQueueReader::Load(AppserviceUid uid, const LoadNext& effect) {
  NextLoaded loaded{.ticket = effect.ticket, .cuts = {}, .more = false};
  const auto source_count =
      static_cast<SourceId>(store_.tables().sources.size());
  if (source_count == 0) return loaded;
  const TransactionLimits limits = {.events_max = effect.events_max,
                                    .body_bytes_max = effect.body_bytes_max};
  std::map<SourceId, std::vector<Event>> events;
  std::map<SourceId, size_t> taken;
  for (SourceId id = 1; id <= source_count; ++id) {
    const size_t count_max =
        static_cast<size_t>(effect.events_max * effect.cuts_max) + 1;
    if (!Read(uid, id, effect.after.Get(id), count_max,
              std::numeric_limits<int64_t>::max(), events[id])) {
      return NextNotLoaded{effect.ticket};
    }
  }
  // Going round, from the first behind the last.
  SourceId id = effect.last_source;
  SourceId idle_count = 0;
  while (static_cast<int32_t>(loaded.cuts.size()) < effect.cuts_max &&
         idle_count < source_count) {
    id = id % source_count + 1;
    if (taken[id] >= events[id].size()) {
      ++idle_count;
      continue;
    }
    idle_count = 0;
    loaded.cuts.push_back(MakeCut(id, events[id], taken[id], limits,
                                  effect.expired_before,
                                  loaded.cuts.empty() ? effect.ephemeral : ""));
  }
  for (const auto& [source_id, waiting] : events) {
    loaded.more = loaded.more || taken[source_id] < waiting.size();
  }
  return loaded;
}

DeliveryEvent SimQueueReader::Rebuild(AppserviceUid uid,
                                      const RebuildSealed& effect) {
  const SealedTransaction& sealed = effect.sealed;
  std::vector<Event> events;
  if (!Read(uid, sealed.source_id, effect.after.Get(sealed.source_id), kAll,
            sealed.last_position, events)) {
    return SealedNotReproduced{effect.ticket};
  }
  TransactionBody body(
      {.events_max = sealed.event_count, .body_bytes_max = int64_t{1} << 62});
  for (const Event& event : events) Add(event, body);
  if (!sealed.ephemeral.empty()) body.AddEphemeral(sealed.ephemeral);
  std::shared_ptr<const std::string> bytes = Finish(body);
  if (CheapDigest(*bytes) != sealed.body_sha256 &&
      fault_ != PlantedFault::kMismatchIgnored) {
    return SealedNotReproduced{effect.ticket};
  }
  return SealedRebuilt{effect.ticket, std::move(bytes)};
}

DeliveryEvent SimQueueReader::Split(AppserviceUid uid,
                                    const SplitSealed& effect) {
  const SealedTransaction& sealed = effect.sealed;
  std::vector<Event> events;
  if (!Read(uid, sealed.source_id, effect.after.Get(sealed.source_id), kAll,
            sealed.last_position, events) ||
      static_cast<int32_t>(events.size()) != sealed.event_count) {
    return SealedNotReproduced{effect.ticket};
  }
  if (fault_ == PlantedFault::kSplitLosesEvent && events.size() > 2) {
    events.erase(events.begin());
  }
  SealedSplit split{.ticket = effect.ticket, .pieces = {}};
  // One event fewer than there are, at most, unless there was something else
  // to leave out: or one of the same size would take the place of what was
  // refused.
  const TransactionLimits limits = {
      .events_max = sealed.event_count - (sealed.ephemeral.empty() ? 1 : 0),
      .body_bytes_max = effect.body_bytes_max};
  for (size_t begin = 0; begin < events.size();) {
    split.pieces.push_back(MakeCut(sealed.source_id, events, begin, limits,
                                   absl::InfinitePast(), ""));
  }
  return split;
}

std::optional<std::string> SimQueueReader::OneBehind(
    AppserviceUid uid, const SealedTransaction& sealed) {
  std::vector<Event> events;
  if (!Read(uid, sealed.source_id, sealed.last_position, 1,
            std::numeric_limits<int64_t>::max(), events) ||
      events.empty()) {
    return std::nullopt;
  }
  return std::string(events[0].json.data(), events[0].json.size());
}

}  // namespace causeway::push::simulation
