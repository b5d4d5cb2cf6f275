#include "services/push_dispatcher/store/fake_push_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/source_history.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

absl::Status Away() { return absl::UnavailableError("the store is away"); }

}  // namespace

FakePushStore::FakePushStore() = default;
FakePushStore::~FakePushStore() = default;

void FakePushStore::FailNextWrite(Fault fault) {
  absl::MutexLock lock(&mu_);
  next_write_ = fault;
}

void FakePushStore::GoBackTo(int64_t registry_revision) {
  absl::MutexLock lock(&mu_);
  applied_revision_ = registry_revision;
  for (auto& [name, source] : sources_) {
    source.registry_revision = registry_revision;
  }
}

void FakePushStore::SetAway(bool away) {
  absl::MutexLock lock(&mu_);
  away_ = away;
}

void FakePushStore::SetNow(absl::Time now) {
  absl::MutexLock lock(&mu_);
  now_ = now;
}

absl::Status FakePushStore::CheckAway() const {
  return away_ ? Away() : absl::OkStatus();
}

absl::StatusOr<SourceState> FakePushStore::FindSource(absl::string_view name) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const auto source = sources_.find(std::string(name));
  if (source == sources_.end()) return NoSuchSource(name);
  return source->second;
}

absl::StatusOr<SourceState> FakePushStore::OpenSource(absl::string_view name) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const auto [source, inserted] = sources_.try_emplace(std::string(name));
  if (inserted) {
    source->second.id = static_cast<SourceId>(sources_.size());
    source->second.name = std::string(name);
    source->second.registry_revision = applied_revision_;
    points_[source->second.id][1] = {ChainPoint().prefix_sha256, now_};
  }
  return source->second;
}

absl::StatusOr<std::vector<ChainPoint>> FakePushStore::ListPassedPoints(
    SourceId source_id, int64_t first, int64_t last) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::vector<ChainPoint> points;
  for (const auto& [id, segment] : segments_) {
    if (id.first == source_id && id.second >= first && id.second <= last) {
      points.push_back({id.second, segment.prefix_sha256});
    }
  }
  return points;
}

absl::StatusOr<absl::flat_hash_map<std::string, RoomFacts>>
FakePushStore::LoadRooms(SourceId source_id,
                         absl::Span<const std::string> room_ids) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  absl::flat_hash_map<std::string, RoomFacts> rooms;
  for (const std::string& room_id : room_ids) {
    for (const auto& [source, room, user_id] : members_) {
      if (source == source_id && room == room_id) {
        rooms[room_id].joined_members.push_back(user_id);
      }
    }
    for (const auto& [source, room, room_alias] : aliases_) {
      if (source == source_id && room == room_id) {
        rooms[room_id].aliases.push_back(room_alias);
      }
    }
  }
  return rooms;
}

absl::Status FakePushStore::Commit(const IngestBatch& batch) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const std::optional<Fault> fault = std::exchange(next_write_, std::nullopt);
  if (fault == Fault::kNotDone) return Away();
  const auto source = std::find_if(
      sources_.begin(), sources_.end(),
      [&](const auto& s) { return s.second.id == batch.before.id; });
  if (source == sources_.end() || source->second != batch.before) {
    return absl::AbortedError("the source has moved on");
  }
  if (batch.upstream.has_value() &&
      UpstreamRecords(batch.before.id, batch.upstream->txn_id) !=
          batch.upstream_known) {
    return absl::AbortedError("its transactions aren't those known");
  }
  source->second.end = batch.end;
  Apply(batch);
  KeepUpstream(batch, source->second);
  return fault == Fault::kDone ? Away() : absl::OkStatus();
}

void FakePushStore::Apply(const IngestBatch& batch) {
  const SourceId source_id = batch.before.id;
  const int64_t first_position = batch.before.end.position;
  if (batch.segment.has_value()) {
    segments_[{source_id, first_position}] = {batch.before.end.prefix_sha256,
                                              *batch.segment};
  }
  for (const NewQueueEntry& entry : batch.entries) {
    entries_[{entry.uid, source_id, entry.last_position}] = {
        .segment = {source_id, first_position, batch.segment->content_id},
        .last_position = entry.last_position,
        .events = entry.events,
        .segment_raw_bytes = batch.segment->raw_bytes,
        .publish_time = absl::FromUnixMillis(absl::ToUnixMillis(now_))};
  }
  for (const MemberChange& change : batch.member_changes) {
    const auto key = std::tuple(source_id, change.room_id, change.user_id);
    change.joined ? void(members_.insert(key)) : void(members_.erase(key));
  }
  for (const AliasChange& change : batch.alias_changes) {
    const auto key = std::tuple(source_id, change.room_id, change.room_alias);
    change.present ? void(aliases_.insert(key)) : void(aliases_.erase(key));
  }
}

absl::StatusOr<AppliedRegistry> FakePushStore::ApplyRegistry(
    int64_t revision, absl::Span<const KnownAppservice> appservices) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::vector<AppserviceUid> gone;
  for (const auto& [uid, known] : appservices_) {
    if (std::none_of(appservices.begin(), appservices.end(),
                     [uid = uid](const auto& a) { return a.uid == uid; })) {
      gone.push_back(uid);
    }
  }
  return PutInForce(revision, appservices, gone);
}

absl::StatusOr<AppliedRegistry> FakePushStore::ApplyRegistryChanges(
    int64_t since, int64_t revision, absl::Span<const KnownAppservice> changed,
    absl::Span<const AppserviceUid> gone) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  if (applied_revision_ < revision && applied_revision_ != since) {
    return absl::AbortedError("other registrations are in force");
  }
  return PutInForce(revision, changed, gone);
}

AppliedRegistry FakePushStore::PutInForce(
    int64_t revision, absl::Span<const KnownAppservice> changed,
    absl::Span<const AppserviceUid> gone) {
  AppliedRegistry applied = {
      .revision = applied_revision_, .created = {}, .dropped = {}};
  if (applied_revision_ >= revision) return applied;
  applied.revision = applied_revision_ = revision;
  for (auto& [name, source] : sources_) source.registry_revision = revision;
  for (const KnownAppservice& appservice : changed) {
    KnownService& known = appservices_[appservice.uid];
    known.appservice_id = appservice.appservice_id;
    if (!appservice.has_queue) DropQueue(appservice.uid, applied);
    if (!appservice.has_queue || known.unregistered) continue;
    const auto [queue, inserted] = queues_.try_emplace(appservice.uid);
    if (!inserted) continue;
    queue->second.settings = known.kept_settings;
    for (const auto& [name, source] : sources_) {
      queue->second.head.cursors.Set(source.id, source.end.position - 1);
    }
    applied.created.push_back(appservice.uid);
  }
  for (AppserviceUid uid : gone) {
    const auto known = appservices_.find(uid);
    if (known == appservices_.end()) continue;
    known->second.unregistered = true;
    DropQueue(uid, applied);
  }
  return applied;
}

void FakePushStore::DropQueue(AppserviceUid uid, AppliedRegistry& applied) {
  const auto queue = queues_.find(uid);
  if (queue == queues_.end()) return;
  KnownService& known = appservices_[uid];
  known.kept_settings = queue->second.settings;
  queues_.erase(queue);
  applied.dropped.push_back(uid);
  KeepRecords(kDispatcherActor, uid,
              {.set_aside = {},
               .acts = {{.action = "queue_dropped",
                         .reason = known.unregistered ? "it was unregistered"
                                                      : "it has no URL now"}}});
}

absl::StatusOr<std::vector<std::vector<QueueEntry>>> FakePushStore::ReadEntries(
    absl::Span<const EntriesQuery> queries, int32_t entries_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::vector<std::vector<QueueEntry>> results;
  for (const EntriesQuery& query : queries) {
    std::vector<QueueEntry>& result = results.emplace_back();
    std::map<SourceId, int32_t> counts;
    for (const auto& [key, entry] : entries_) {
      const auto& [uid, source_id, last_position] = key;
      if (uid != query.uid || last_position <= query.after.Get(source_id)) {
        continue;
      }
      if (counts[source_id]++ < entries_max) result.push_back(entry);
    }
    entries_read_ += static_cast<int64_t>(result.size());
  }
  return results;
}

absl::StatusOr<std::vector<EncodedSegment>> FakePushStore::ReadSegments(
    absl::Span<const SegmentKey> keys) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::vector<EncodedSegment> result;
  for (const SegmentKey& key : keys) {
    const auto segment = segments_.find({key.source_id, key.first_position});
    if (segment == segments_.end() ||
        segment->second.encoded.content_id != key.content_id) {
      return absl::DataLossError("a segment that a queue needs is missing");
    }
    result.push_back(segment->second.encoded);
  }
  return result;
}

absl::StatusOr<std::vector<bool>> FakePushStore::Write(
    absl::Span<const OwnedWrite> writes) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const std::optional<Fault> fault = std::exchange(next_write_, std::nullopt);
  if (fault == Fault::kNotDone) return Away();
  std::vector<bool> done;
  for (const OwnedWrite& owned : writes) done.push_back(Apply(owned));
  if (fault == Fault::kDone) return Away();
  return done;
}

bool FakePushStore::SealsWhatIsUndone(const QueueWrite& write) const {
  Cursors ends;
  for (const auto& [name, source] : sources_) {
    ends.Set(source.id, source.end.position);
  }
  return std::any_of(write.after.sealed.begin(), write.after.sealed.end(),
                     [&](const SealedTransaction& sealed) {
                       return sealed.last_position >=
                              std::max<int64_t>(ends.Get(sealed.source_id), 1);
                     });
}

bool FakePushStore::Apply(const OwnedWrite& owned) {
  const auto found = queues_.find(owned.uid);
  if (found == queues_.end()) return false;
  StoredQueue& queue = found->second;
  const QueueWrite& write = owned.write;
  if (queue.epoch != write.epoch || queue.nonce != write.nonce ||
      queue.head.txn_id != write.expected_txn_id ||
      static_cast<int32_t>(queue.head.sealed.size()) !=
          write.expected_sealed_count ||
      SealsWhatIsUndone(write)) {
    return false;
  }
  for (const QueueWrite::Settled& settled : write.settled) {
    if (settled.settlement.kind != Settlement::Kind::kAcknowledged) continue;
    ++queue.delivered_transactions;
    queue.delivered_events += settled.sealed.event_count;
  }
  KeepRecords(kDispatcherActor, owned.uid,
              RecordsOf(write, queue.head.cursors));
  queue.head = write.after;
  if (write.retired.has_value()) {
    queue.settings.body_bytes_max_learned =
        write.retired->body_bytes_max_learned;
  }
  return true;
}

void FakePushStore::KeepRecords(absl::string_view actor, AppserviceUid uid,
                                const WriteRecords& records) {
  for (WriteRecords::SetAside record : records.set_aside) {
    record.transaction.id = ++last_record_id_;
    record.transaction.settle_time = now_;
    set_aside_.push_back({uid, std::move(record)});
  }
  for (AuditRecord act : records.acts) {
    act.id = ++last_record_id_;
    act.create_time = now_;
    act.actor = std::string(actor);
    act.uid = uid;
    act.appservice_id = appservices_[uid].appservice_id;
    acts_.push_back(std::move(act));
  }
}

absl::StatusOr<std::vector<std::optional<RaisedHead>>> FakePushStore::ReadHeads(
    absl::Span<const OwnedHead> queues) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::vector<std::optional<RaisedHead>> heads;
  for (const OwnedHead& owned : queues) {
    heads.emplace_back();
    const auto found = queues_.find(owned.uid);
    if (found == queues_.end()) continue;
    StoredQueue& queue = found->second;
    if (queue.epoch != owned.epoch || queue.nonce != owned.nonce) continue;
    heads.back() = {.epoch = ++queue.epoch, .head = queue.head};
  }
  return heads;
}

}  // namespace causeway::push
