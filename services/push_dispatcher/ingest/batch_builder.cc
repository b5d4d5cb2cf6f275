#include "services/push_dispatcher/ingest/batch_builder.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/container/flat_hash_set.h"

namespace causeway::push {

using Kind = PublishedRecord::Kind;

RoutedEvent ToRoutedEvent(const PublishedRecord& record) {
  RoutedEvent event = {.room_id = record.room_id, .sender = record.sender};
  if (record.member.has_value()) event.member = *record.member;
  return event;
}

BatchBuilder::BatchBuilder(SourceState before, const InterestRules& rules,
                           RoomCache& rooms)
    : before_(std::move(before)), rules_(rules), rooms_(rooms) {}

std::vector<std::string> BatchBuilder::MissingRooms(
    absl::Span<const PublishedRecord> records) const {
  absl::flat_hash_set<std::string> missing;
  absl::string_view last_seen;
  for (const PublishedRecord& record : records) {
    if (record.kind == Kind::kSkipped || record.kind == Kind::kToDevice ||
        record.room_id == last_seen) {
      continue;
    }
    last_seen = record.room_id;
    if (rooms_.Find(before_.id, record.room_id) == nullptr) {
      missing.insert(record.room_id);
    }
  }
  return {missing.begin(), missing.end()};
}

RoomInterest& BatchBuilder::Room(absl::string_view room_id) {
  return *rooms_.Find(before_.id, room_id);
}

void BatchBuilder::Add(absl::Span<const PublishedRecord> records) {
  for (const PublishedRecord& record : records) {
    if (record.kind == Kind::kEvent) {
      AddEvent(record);
      continue;
    }
    if (record.kind == Kind::kToDevice) {
      AddToDevice(record);
      continue;
    }
    payloads_.emplace_back();
    if (record.kind == Kind::kSkipped) continue;
    const bool present = record.kind == Kind::kAliasAdded;
    if (Room(record.room_id).SetAlias(record.room_alias, present)) {
      alias_present_[{record.room_id, record.room_alias}] = present;
    }
  }
}

void BatchBuilder::AddEvent(const PublishedRecord& record) {
  RoomInterest& room = Room(record.room_id);
  const RoutedEvent event = ToRoutedEvent(record);

  // It is matched against the aliases before and after it.
  if (record.all_aliases.has_value()) AddAliases(record, room);
  bool wanted = false;
  for (RoomInterest::Handle handle : room.Match(event)) {
    wanted |= AddFor(rules_.QueueOf(handle));
  }
  payloads_.push_back(wanted ? record.event_json : absl::string_view());

  if (record.member.has_value() &&
      room.SetJoined(*record.member, record.joined)) {
    joined_[{record.room_id, *record.member}] = record.joined;
  }
  if (record.all_aliases.has_value()) RemoveOtherAliases(record, room);
}

void BatchBuilder::AddAliases(const PublishedRecord& record,
                              RoomInterest& room) {
  for (const std::string& room_alias : *record.all_aliases) {
    if (room.SetAlias(room_alias, true)) {
      alias_present_[{record.room_id, room_alias}] = true;
    }
  }
}

void BatchBuilder::RemoveOtherAliases(const PublishedRecord& record,
                                      RoomInterest& room) {
  const absl::flat_hash_set<std::string> kept(record.all_aliases->begin(),
                                              record.all_aliases->end());
  const std::vector<std::string> all(room.aliases().begin(),
                                     room.aliases().end());
  for (const std::string& room_alias : all) {
    if (kept.contains(room_alias)) continue;
    room.SetAlias(room_alias, false);
    alias_present_[{record.room_id, room_alias}] = false;
  }
}

// A to-device message concerns whose user it is for, and nobody else.
void BatchBuilder::AddToDevice(const PublishedRecord& record) {
  bool wanted = false;
  for (const auto& hit :
       *rules_.Match(InterestRules::Kind::kUsers, record.to_user_id)) {
    wanted |= AddFor(rules_.EphemeralQueueOf(hit.registration));
  }
  if (wanted) to_device_.Add(payloads_.size());
  payloads_.push_back(wanted ? record.event_json : absl::string_view());
}

bool BatchBuilder::AddFor(std::optional<AppserviceUid> queue) {
  const size_t index = payloads_.size();
  const int64_t position = before_.end.position + static_cast<int64_t>(index);
  if (!queue.has_value() || position < before_.news.position) return false;
  events_by_queue_[*queue].Add(index);
  last_position_by_queue_[*queue] = position;
  return true;
}

IngestBatch BatchBuilder::Build(const ChainPoint& end) const {
  IngestBatch batch;
  batch.before = before_;
  batch.end = end;
  for (const auto& [uid, events] : events_by_queue_) {
    batch.entries.push_back({.uid = uid,
                             .last_position = last_position_by_queue_.at(uid),
                             .events = events});
  }
  std::sort(batch.entries.begin(), batch.entries.end(),
            [](const auto& a, const auto& b) { return a.uid < b.uid; });
  if (!batch.entries.empty()) {
    batch.events =
        std::make_shared<const Segment>(Segment::Of(payloads_, to_device_));
    batch.segment = batch.events->Encode(end.prefix_sha256);
  }
  for (const auto& [key, joined] : joined_) {
    batch.member_changes.push_back({key.first, key.second, joined});
  }
  for (const auto& [key, present] : alias_present_) {
    batch.alias_changes.push_back({key.first, key.second, present});
  }
  return batch;
}

}  // namespace causeway::push
