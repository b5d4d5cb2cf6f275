#include "tests/simulation/sim_ingest.h"

#include <algorithm>
#include <utility>

#include "absl/types/span.h"

namespace causeway::push::simulation {
namespace {

// As in ingest.cc.
constexpr int kTriesMax = 5;
constexpr int kTriesAwayMax = 2;
constexpr absl::Duration kRegistryRetry = absl::Milliseconds(200);
constexpr size_t kRoomMembersCachedMax = 1000;

}  // namespace

SimIngest::SimIngest(PlantedFault fault,
                     const std::vector<RegistryRevision>& revisions,
                     SimStore& store, SimProcess& process, SimClock& clock,
                     History& history, PublishedEvents& published,
                     Listeners listeners)
    : fault_(fault),
      revisions_(revisions),
      store_(store),
      process_(process),
      clock_(clock),
      history_(history),
      published_(published),
      listeners_(std::move(listeners)),
      rooms_(kRoomMembersCachedMax) {}

void SimIngest::Publish(std::shared_ptr<const SimBatch> batch,
                        SimSource::Answer callback) {
  waiting_.push_back({std::move(batch), std::move(callback)});
  Begin();
}

void SimIngest::GetSourceHistory(const std::string& source,
                                 SimSource::HistoryAnswer callback) {
  auto history = std::make_shared<std::optional<SourceHistory>>();
  process_.Read(
      [this, source, history] {
        if (!store_.tables().sources.contains(source)) return;
        *history = store_.GetSourceHistory(source);
      },
      [history, callback = std::move(callback)](bool done) {
        callback(done ? *history : std::nullopt);
      });
}

void SimIngest::RestartSource(const SimRestart& restart,
                              SimSource::RestartAnswer callback) {
  auto began = std::make_shared<bool>(false);
  process_.Write(
      StoreWrite::kIncarnation,
      [this, restart, began] {
        *began = store_.RestartSource(restart, clock_.now());
        if (!*began) return;
        clock_.Trace("store: ", restart.source, " begins anew, new from ",
                     restart.common.position);
      },
      [began, callback = std::move(callback)](bool done) {
        callback(done && *began);
      });
}

void SimIngest::Learn(int64_t revision) {
  const RegistryRevision* told = &revisions_[static_cast<size_t>(revision - 1)];
  if (latest_ != nullptr && latest_->revision() >= revision) return;
  latest_ = told;
  Begin();
}

// What the thread does with the store: fails as a whole when it is away.
void SimIngest::Ask(SimProcess::Transaction transaction,
                    std::function<void()> then) {
  process_.Read(std::move(transaction),
                [this, then = std::move(then)](bool done) {
                  done ? then() : Fail(Failure::kAway);
                });
}

void SimIngest::Begin() {
  if (busy_ || latest_ == nullptr) return;
  const bool behind =
      applied_ == nullptr || applied_->revision() < latest_->revision();
  if (waiting_.empty() && !behind) return;
  busy_ = true;
  for (Waiting& waiting : waiting_) {
    const PublishBatch& batch = waiting.batch->batch;
    auto group = groups_.end();
    if (!batch.upstream.has_value()) {
      group = std::find_if(groups_.begin(), groups_.end(), [&](const auto& g) {
        return g.front().batch->batch.source == batch.source;
      });
    }
    if (group == groups_.end()) group = groups_.emplace(groups_.end());
    group->push_back(std::move(waiting));
  }
  waiting_.clear();
  CatchUp([this] { NextGroup(); });
}

void SimIngest::CatchUp(std::function<void()> then) {
  if (applied_ != nullptr && applied_->revision() >= latest_->revision()) {
    then();
    return;
  }
  const RegistryRevision* applying = latest_;
  auto in_force = std::make_shared<std::pair<int64_t, bool>>();
  process_.Write(
      StoreWrite::kRegistrations,
      [this, applying, in_force] {
        std::vector<AppserviceUid> uids;
        for (const auto& [appservice, registration] : applying->registrations) {
          uids.push_back(registration.uid);
        }
        *in_force =
            store_.ApplyRegistry(applying->revision(), uids, clock_.now());
      },
      [this, applying, in_force, then = std::move(then)](bool done) {
        if (!done || in_force->first > applying->revision()) {
          // Tried again soon, or when the registry tells of it.
          process_.After(kRegistryRetry, [this] { Begin(); });
        } else {
          applied_ = applying;
          rooms_.Clear();
          sources_.clear();
          if (in_force->second) listeners_.registry_applied();
        }
        then();
      });
}

void SimIngest::NextGroup() {
  if (std::exchange(forget_, false)) {
    sources_.clear();
    rooms_.Clear();
  }
  if (groups_.empty()) {
    busy_ = false;
    Begin();
    return;
  }
  group_ = std::move(groups_.front());
  groups_.pop_front();
  source_name_ = group_.front().batch->batch.source;
  tries_ = 1;
  TryProcess();
}

void SimIngest::TryProcess() {
  results_.clear();
  fresh_.clear();
  if (applied_ == nullptr) {
    Fail(Failure::kAway);
    return;
  }
  if (group_.front().batch->batch.upstream.has_value()) {
    OpenSource([this](const SourceState& source) { TryTransaction(source); });
    return;
  }
  for (const Waiting& waiting : group_) {
    // GetSource asks the store, whatever is remembered.
    if (waiting.batch->records.empty()) Forget(source_name_);
  }
  const auto found = sources_.find(source_name_);
  if (found != sources_.end()) {
    const SourceState source = found->second;
    int64_t end = source.end.position;
    bool old = false;
    for (const Waiting& waiting : group_) {
      const PublishBatch& batch = waiting.batch->batch;
      const int64_t batch_end = batch.begin.position + source.offset +
                                static_cast<int64_t>(batch.records.size());
      old = old || batch_end < end;
      end = std::max(end, batch_end);
    }
    if (!old) {
      Judge(source, true, {});
      return;
    }
  }
  const bool remembered = found != sources_.end();
  auto source = std::make_shared<SourceState>();
  auto passed = std::make_shared<std::vector<ChainPoint>>();
  Ask(
      [this, source, passed] {
        *source = store_.OpenSource(source_name_);
        *passed = store_.PassedPoints(source->id, 1, source->end.position);
      },
      [this, source, passed, remembered] {
        if (!InForce(*source)) return;
        if (!remembered) Remember(*source);
        Judge(sources_[source_name_], remembered, *passed);
      });
}

void SimIngest::Remember(const SourceState& source) {
  // As in ingest.cc: rooms are known by the source's number.
  if (fault_ != PlantedFault::kRoomsOfAnotherSource) rooms_.Clear();
  sources_[source_name_] = source;
}

bool SimIngest::InForce(const SourceState& source) {
  if (source.registry_revision == applied_->revision()) return true;
  // Another replica was told first; or the store has gone back to before we
  // applied ours, and then it is to be applied again.
  if (source.registry_revision < applied_->revision() &&
      fault_ != PlantedFault::kRegistryNotAppliedAgain) {
    applied_ = nullptr;
  }
  CatchUp([this] { Fail(Failure::kAborted); });
  return false;
}

void SimIngest::OpenSource(std::function<void(const SourceState&)> then) {
  const auto found = sources_.find(source_name_);
  if (found != sources_.end()) {
    then(found->second);
    return;
  }
  auto source = std::make_shared<SourceState>();
  Ask([this, source] { *source = store_.OpenSource(source_name_); },
      [this, source, then = std::move(then)] {
        if (!InForce(*source)) return;
        Remember(*source);
        then(*source);
      });
}

void SimIngest::TryTransaction(const SourceState& source) {
  const std::string& txn_id = group_.front().batch->batch.upstream->txn_id;
  auto known = std::make_shared<std::vector<UpstreamRecord>>();
  Ask([this, known, source_id = source.id,
       txn_id] { *known = store_.ListUpstreamRecords(source_id, txn_id); },
      [this, known, source] { TakeTransaction(source, *known); });
}

void SimIngest::TakeTransaction(const SourceState& source,
                                const std::vector<UpstreamRecord>& known) {
  std::vector<UpstreamRecord> judged_by = known;
  if (fault_ == PlantedFault::kTransactionTakenTwice) judged_by.clear();
  if (fault_ == PlantedFault::kTransactionNotCompared) {
    for (UpstreamRecord& record : judged_by) record.event_keys.clear();
  }
  UpstreamPlan plan =
      PlanUpstream(group_.front().batch->batch, judged_by, source.end.position);
  if (plan.repeat) {
    results_ = {{.outcome = ChainOutcome::kContinues,
                 .next_position = source.end.position,
                 .taken_count = plan.taken_count}};
    Succeed();
    return;
  }
  const SimBatch& batch = *group_.front().batch;
  auto events = std::make_shared<UpstreamPlan>(std::move(plan));
  for (size_t i = 0; i < batch.records.size(); ++i) {
    const auto& keys = events->record.event_keys;
    if (std::find(keys.begin(), keys.end(),
                  batch.batch.upstream->event_keys[i]) != keys.end()) {
      fresh_.push_back(batch.records[i]);
    }
  }
  LoadRooms(source, [this, source, events, known] {
    BatchBuilder builder(source, *applied_->rules, rooms_);
    builder.Add(events->records);
    ChainPoint end = source.end;
    for (const PublishedRecord& record : events->records) {
      end = NextPoint(end, record.sha256);
    }
    IngestBatch change = builder.Build(end);
    change.upstream = std::move(events->record);
    change.upstream_known = known;
    change.acts = std::move(events->acts);
    results_ = {{.outcome = ChainOutcome::kContinues,
                 .next_position = end.position,
                 .taken_count = events->taken_count}};
    Commit(std::make_shared<const IngestBatch>(std::move(change)));
  });
}

void SimIngest::Judge(const SourceState& source, bool remembered,
                      const std::vector<ChainPoint>& passed) {
  ChainPoint end = source.end;
  for (const Waiting& waiting : group_) {
    const SimBatch& batch = *waiting.batch;
    std::vector<std::string> hashes;
    for (const PublishedRecord& record : batch.batch.records) {
      hashes.push_back(record.sha256);
    }
    const ChainPoint begin = {batch.batch.begin.position + source.offset,
                              batch.batch.begin.prefix_sha256};
    std::vector<ChainPoint> known = passed;
    if (source.news.position > end.position) known.push_back(source.news);
    ChainVerdict verdict = JudgeBatch(end, known, begin, hashes);
    if (verdict.outcome != ChainOutcome::kContinues && remembered) {
      Fail(Failure::kAborted);
      return;
    }
    if (fault_ == PlantedFault::kGapAccepted &&
        verdict.outcome == ChainOutcome::kGap) {
      verdict = JudgeBatch(begin, {}, begin, hashes);
    }
    if (fault_ == PlantedFault::kDivergenceAccepted &&
        verdict.outcome == ChainOutcome::kDiverged) {
      verdict = {.outcome = ChainOutcome::kContinues,
                 .known_count = hashes.size(),
                 .end = end};
    }
    if (verdict.outcome == ChainOutcome::kContinues) {
      for (size_t i = verdict.known_count; i < batch.records.size(); ++i) {
        fresh_.push_back(batch.records[i]);
      }
      end = verdict.end;
    }
    results_.push_back({verdict.outcome, end.position - source.offset});
  }
  if (fresh_.empty()) {
    Succeed();
    return;
  }
  LoadRooms(source, [this, source, end] { Build(source, end); });
}

void SimIngest::LoadRooms(const SourceState& source,
                          std::function<void()> then) {
  auto facts = std::make_shared<std::map<std::string, RoomFacts>>();
  for (const auto& record : fresh_) {
    const std::string& room_id = record->published.room_id;
    if (rooms_.Find(source.id, room_id) == nullptr) (*facts)[room_id];
  }
  if (facts->empty()) {
    then();
    return;
  }
  Ask(
      [this, source_id = source.id, facts] {
        for (auto& [room_id, room] : *facts) {
          room = store_.LoadRoom(source_id, room_id);
        }
      },
      [this, source_id = source.id, facts, then = std::move(then)] {
        for (const auto& [room_id, room] : *facts) {
          rooms_.Insert(source_id, room_id,
                        RoomInterest(applied_->rules, room_id, room));
        }
        then();
      });
}

void SimIngest::Build(const SourceState& source, const ChainPoint& end) {
  SourceState before = source;
  if (fault_ == PlantedFault::kGapAccepted) {
    before.end.position = end.position - static_cast<int64_t>(fresh_.size());
  }
  if (fault_ == PlantedFault::kCommonDeliveredAgain) before.news = {};
  BatchBuilder builder(before, *applied_->rules, rooms_);
  for (const auto& record : fresh_) builder.Add({&record->published, 1});
  IngestBatch change = builder.Build(end);
  change.before.news = source.news;
  auto batch = std::make_shared<const IngestBatch>(std::move(change));
  if (fault_ == PlantedFault::kPublishAnsweredEarly) {
    for (size_t i = 0; i < group_.size(); ++i) group_[i].callback(results_[i]);
  }
  Commit(std::move(batch));
}

void SimIngest::Commit(std::shared_ptr<const IngestBatch> batch) {
  auto committed = std::make_shared<bool>(false);
  // The records, and not those of a later try: this one may come late.
  process_.Write(
      StoreWrite::kEvents,
      [this, batch, committed, fresh = fresh_,
       named = group_.front().batch->named] {
        const int64_t revision = batch->before.registry_revision;
        std::vector<StreamEvent> names;
        for (const auto& record : fresh) {
          if (named) names.push_back(record->event);
        }
        *committed =
            store_.Commit(*batch, absl::UnixEpoch() + clock_.now(), names);
        if (!*committed) return;
        clock_.Trace("store: ", batch->before.end.position, " to ",
                     batch->end.position - 1, " of source ", batch->before.id,
                     " by revision ", revision);
        const int64_t in_force = store_.tables().applied_revision;
        int64_t position = batch->before.end.position;
        for (const auto& record : fresh) {
          published_[record->json] = record;
          if (position++ < batch->before.news.position) continue;
          const EventFacts facts = batch->upstream.has_value()
                                       ? store_.TakeFacts(*record)
                                       : record->facts;
          // A store that went back may have no registrations in force.
          history_.accepted.push_back(
              {record->event, clock_.now(),
               in_force == 0
                   ? std::vector<AppserviceUid>()
                   : revisions_[static_cast<size_t>(in_force - 1)].InterestedIn(
                         facts)});
        }
      },
      [this, batch, committed](bool done) {
        if (!done || !*committed) {
          Fail(done ? Failure::kAborted : Failure::kAway);
          return;
        }
        SourceState& remembered = sources_[source_name_];
        remembered.end = batch->end;
        remembered.upstream = batch->upstream.has_value();
        std::vector<AppserviceUid> uids;
        for (const NewQueueEntry& entry : batch->entries) {
          uids.push_back(entry.uid);
        }
        listeners_.committed(uids);
        Succeed();
      });
}

void SimIngest::Succeed() {
  rooms_.Trim();
  for (size_t i = 0; i < group_.size(); ++i) group_[i].callback(results_[i]);
  NextGroup();
}

void SimIngest::Fail(Failure failure) {
  Forget(source_name_);
  const int tries_max =
      failure == Failure::kAborted ? kTriesMax : kTriesAwayMax;
  if (tries_++ < tries_max) {
    TryProcess();
    return;
  }
  for (Waiting& waiting : group_) waiting.callback(std::nullopt);
  NextGroup();
}

void SimIngest::Forget(const std::string& source_name) {
  sources_.erase(source_name);
  rooms_.Clear();
}

}  // namespace causeway::push::simulation
