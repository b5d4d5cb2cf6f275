// The third part of the fake: what operators do.
#include <algorithm>
#include <utility>
#include <variant>

#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {

absl::StatusOr<ActOutcome> FakePushStore::Act(const OperatorAct& act) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const auto found = std::find_if(
      queues_.begin(), queues_.end(),
      [&](const auto& queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return appservices_[queue.first].appservice_id == act.appservice_id;
      });
  if (found == queues_.end()) return NoSuchQueue(act.appservice_id);
  auto& [uid, queue] = *found;
  CAUSEWAY_ASSIGN_OR_RETURN(
      const QueueChange change,
      ApplyAct(act.act, act.reason, FactsOf(uid, act.act)));
  queue.head = change.head;
  queue.settings = change.settings;
  ++queue.epoch;
  queue.owner_incarnation.clear();
  queue.nonce.clear();
  KeepRecords(act.actor, uid, change.records);
  if (!change.replayed_events.empty()) Replay(uid, change);
  if (const auto* replay = std::get_if<ReplayTransaction>(&act.act)) {
    NoteReplayed(uid, replay->txn_id);
  }
  return ActOutcome{.uid = uid, .event_count = change.event_count};
}

QueueFacts FakePushStore::FactsOf(AppserviceUid uid,
                                  const QueueAct& act) const {
  const StoredQueue& queue = queues_.at(uid);
  QueueFacts facts = {.appservice_id = appservices_.at(uid).appservice_id,
                      .head = queue.head,
                      .settings = queue.settings};
  for (const auto& [name, source] : sources_) {
    facts.source_ends.Set(source.id, source.end.position - 1);
  }
  facts.queued_events = Summarise(uid, queue).queued_events;
  const auto* replay = std::get_if<ReplayTransaction>(&act);
  if (replay == nullptr) return facts;
  for (const KeptTransaction& kept : set_aside_) {
    const SetAsideTransaction& transaction = kept.record.transaction;
    if (kept.uid != uid || transaction.sealed.txn_id != replay->txn_id) {
      continue;
    }
    facts.set_aside = transaction;
    if (kept.record.body != nullptr) facts.body = *kept.record.body;
  }
  return facts;
}

void FakePushStore::Replay(AppserviceUid uid, const QueueChange& change) {
  const auto [source, inserted] = sources_.try_emplace(kReplaySource);
  if (inserted) {
    source->second.id = static_cast<SourceId>(sources_.size());
    source->second.name = kReplaySource;
    source->second.registry_revision = applied_revision_;
  }
  const IngestBatch batch = ReplayBatch(
      source->second, uid, change.replayed_events, change.replayed_to_device);
  source->second.end = batch.end;
  Apply(batch);
}

void FakePushStore::NoteReplayed(AppserviceUid uid, const std::string& txn_id) {
  for (KeptTransaction& kept : set_aside_) {
    SetAsideTransaction& transaction = kept.record.transaction;
    if (kept.uid == uid && transaction.sealed.txn_id == txn_id) {
      transaction.replay_time = now_;
    }
  }
}

absl::StatusOr<absl::flat_hash_map<SourceId, std::string>>
FakePushStore::ListSourceNames() {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  absl::flat_hash_map<SourceId, std::string> names;
  for (const auto& [name, source] : sources_) names[source.id] = name;
  return names;
}

absl::StatusOr<std::vector<StoredSegment>> FakePushStore::ListSegments(
    SourceId source_id, int64_t before_position, int32_t count_max,
    int64_t raw_bytes_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::vector<StoredSegment> segments;
  int64_t raw_bytes = 0;
  auto end = segments_.lower_bound({source_id, before_position});
  while (end != segments_.begin() &&
         static_cast<int32_t>(segments.size()) < count_max) {
    const auto& [id, segment] = *--end;
    raw_bytes += segment.encoded.raw_bytes;
    if (id.first != source_id ||
        (!segments.empty() && raw_bytes > raw_bytes_max)) {
      break;
    }
    segments.push_back({id.second, segment.encoded});
  }
  return segments;
}

absl::StatusOr<std::vector<StoredSegment>> FakePushStore::ListSegmentsInRange(
    SourceId source_id, int64_t first_position, int64_t last_position,
    int32_t count_max, int64_t raw_bytes_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::vector<StoredSegment> segments;
  int64_t raw_bytes = 0;
  for (const auto& [id, segment] : segments_) {
    if (id.first != source_id || id.second > last_position ||
        id.second + segment.encoded.record_count <= first_position) {
      continue;
    }
    raw_bytes += segment.encoded.raw_bytes;
    if (static_cast<int32_t>(segments.size()) == count_max ||
        (!segments.empty() && raw_bytes > raw_bytes_max)) {
      break;
    }
    segments.push_back({id.second, segment.encoded});
  }
  return segments;
}

}  // namespace causeway::push
