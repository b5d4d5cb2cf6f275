// What operators do to queues, by the service's own ApplyAct().
#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "absl/time/time.h"
#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {
namespace {

constexpr char kReason[] = "simulated";

}  // namespace

QueueFacts SimStore::FactsOf(AppserviceUid uid, const QueueAct& act) const {
  const QueueRow& row = tables_.queues.at(uid);
  QueueFacts facts = {
      .appservice_id = "", .head = row.head, .settings = row.settings};
  for (const auto& [name, source] : tables_.sources) {
    facts.source_ends.Set(source.id, source.end.position - 1);
  }
  const auto* replay = std::get_if<ReplayTransaction>(&act);
  if (replay == nullptr) return facts;
  for (const KeptTransaction& kept : tables_.set_aside) {
    const SetAsideTransaction& transaction = kept.record.transaction;
    if (kept.uid != uid || transaction.sealed.txn_id != replay->txn_id) {
      continue;
    }
    facts.set_aside = transaction;
    if (kept.record.body != nullptr) facts.body = *kept.record.body;
  }
  return facts;
}

bool SimStore::Act(AppserviceUid uid, const QueueAct& act, absl::Duration now,
                   int32_t stream, Replay replay) {
  if (!tables_.queues.contains(uid)) return false;
  const absl::StatusOr<QueueChange> change =
      ApplyAct(act, kReason, FactsOf(uid, act));
  if (!change.ok()) return false;
  QueueRow& row = tables_.queues.at(uid);
  RecordChange(uid, row.head, change->head, now);
  for (const WriteRecords::SetAside& kept : change->records.set_aside) {
    tables_.set_aside.push_back({uid, kept});
  }
  row.head = change->head;
  row.settings = change->settings;
  row.owner_incarnation.clear();
  row.nonce.clear();
  ++row.epoch;
  row.changed_at = now;
  if (!change->replayed_events.empty() || !replay.events.empty()) {
    CommitReplay(uid, *change, std::move(replay), stream, now);
  }
  const auto* replayed = std::get_if<ReplayTransaction>(&act);
  if (replayed == nullptr || fault_ == PlantedFault::kReplayedTwice) {
    return true;
  }
  for (KeptTransaction& kept : tables_.set_aside) {
    SetAsideTransaction& transaction = kept.record.transaction;
    if (kept.uid == uid && transaction.sealed.txn_id == replayed->txn_id) {
      transaction.replay_time = absl::UnixEpoch() + now;
    }
  }
  return true;
}

// What has gone from the head, for the checker.
void SimStore::RecordChange(AppserviceUid uid, const QueueHead& before,
                            const QueueHead& after, absl::Duration now) {
  Cursors cursors = before.cursors;
  AuditedAct act = {.kind = AuditedAct::Kind::kSkipped,
                    .uid = uid,
                    .txn_id = "",
                    .time = now};
  const size_t gone = before.sealed.size() - after.sealed.size();
  for (size_t i = 0; i < gone; ++i) {
    const SealedTransaction& sealed = before.sealed[i];
    history_.settled.push_back({.uid = uid,
                                .txn_id = sealed.txn_id,
                                .how = SettledRecord::How::kPutAside,
                                .time = now});
    act.txn_id = sealed.txn_id;
    RecordAct(act, sealed.source_id, cursors.Get(sealed.source_id),
              sealed.last_position);
    cursors.Set(sealed.source_id, sealed.last_position);
  }
  act.txn_id.clear();
  for (const auto& [name, source] : tables_.sources) {
    const int64_t from = cursors.Get(source.id);
    const int64_t to = after.cursors.Get(source.id);
    if (to > from) RecordAct(act, source.id, from, to);
  }
}

void SimStore::CommitReplay(AppserviceUid uid, const QueueChange& change,
                            Replay replay, int32_t stream, absl::Duration now) {
  replay.uid = uid;
  replay.time = now;
  replay.recorded = fault_ != PlantedFault::kReplayUnrecorded;
  AppserviceUid gets = uid;
  if (fault_ == PlantedFault::kReplayForAnother) {
    const auto next = std::next(tables_.queues.find(uid));
    gets = next == tables_.queues.end() ? tables_.queues.begin()->first
                                        : next->first;
  }
  const SourceState source = OpenSource(kReplaySource);
  for (size_t i = 0; i < replay.events.size(); ++i) {
    const StreamEvent event = {stream, static_cast<int64_t>(i) + 1};
    history_.accepted.push_back({event, now, {uid}});
    if (i >= change.replayed_events.size()) continue;
    tables_.names[{source.id, source.end.position + static_cast<int64_t>(i)}] =
        {.event = event, .uid = gets, .replayed = replay.events[i]};
  }
  history_.replays[stream] = std::move(replay);
  if (change.replayed_events.empty()) return;
  Commit(ReplayBatch(source, gets, change.replayed_events,
                     change.replayed_to_device),
         absl::UnixEpoch() + now);
}

}  // namespace causeway::push::simulation
