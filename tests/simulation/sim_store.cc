// Leases and queues. The rest is in sim_store_ingest.cc and sim_store_space.cc.
#include "tests/simulation/sim_store.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace causeway::push::simulation {
namespace {

const HeldQueue* Find(const std::vector<HeldQueue>& held, AppserviceUid uid) {
  for (const HeldQueue& queue : held) {
    if (queue.uid == uid) return &queue;
  }
  return nullptr;
}

AuditedAct::Kind KindOf(Settlement::Kind kind) {
  switch (kind) {
    case Settlement::Kind::kQuarantined:
      return AuditedAct::Kind::kQuarantined;
    case Settlement::Kind::kDropped:
      return AuditedAct::Kind::kDropped;
    default:
      return AuditedAct::Kind::kSkipped;
  }
}

}  // namespace

std::string SourceName(int32_t stream) { return absl::StrCat("s", stream); }

int32_t StreamNumber(absl::string_view source_name) {
  int32_t stream = 0;
  return absl::SimpleAtoi(source_name.substr(1), &stream) ? stream : 0;
}

int32_t SimStore::StreamOf(SourceId source_id) const {
  for (const auto& [name, source] : tables_.sources) {
    if (source.id == source_id) return StreamNumber(name);
  }
  return 0;
}

void SimStore::Restore(const StoreTables& backup, absl::Duration now) {
  tables_ = backup;
  StoreRestored restored{.time = now, .stream_ends = {}};
  for (const auto& [name, source] : tables_.sources) {
    // Its positions are the store's, not its stream's.
    if (source.upstream || IsNamed(source.id)) continue;
    restored.stream_ends[StreamNumber(name)] = source.end.position;
  }
  for (const auto& [key, named] : tables_.names) {
    restored.events.insert(named.event);
  }
  history_.restores.push_back(std::move(restored));
  for (auto& [uid, row] : tables_.queues) row.changed_at = now;
}

// --- Leases -----------------------------------------------------------------

void SimStore::Enter(const std::string& name, const std::string& incarnation) {
  ReplicaHeartbeat& row = tables_.replicas[name];
  row = {name, incarnation, row.heartbeat + 1};
}

// Who has moved since it was seen isn't.
bool SimStore::IsDead(const std::string& name,
                      const std::vector<ReplicaHeartbeat>& dead) const {
  const auto row = tables_.replicas.find(name);
  return std::any_of(dead.begin(), dead.end(), [&](const auto& seen) {
    return seen.name == name && row != tables_.replicas.end() &&
           seen.incarnation == row->second.incarnation &&
           seen.heartbeat == row->second.heartbeat;
  });
}

std::optional<SimLeaseRound> SimStore::Renew(const std::string& name,
                                             const std::string& incarnation,
                                             const LeaseQuestion& question,
                                             const std::string& nonce,
                                             absl::Duration now) {
  const auto replica = tables_.replicas.find(name);
  if (replica == tables_.replicas.end() ||
      replica->second.incarnation != incarnation) {
    return std::nullopt;
  }
  ++replica->second.heartbeat;
  SimLeaseRound round;
  round.handed_over = HandOver(name, incarnation, question.handed, now);
  std::vector<HeldQueue> all_held = question.held;
  for (const HandedQueue& handed : question.handed) {
    const auto& uids = round.handed_over;
    if (std::find(uids.begin(), uids.end(), handed.queue.uid) == uids.end()) {
      all_held.push_back(handed.queue);
    }
  }
  for (auto& [uid, row] : tables_.queues) {
    const HeldQueue* held = Find(all_held, uid);
    const bool own = row.owner == name && row.owner_incarnation == incarnation;
    bool take = row.owner.empty() || (row.owner == name && !own) ||
                !tables_.replicas.contains(row.owner) ||
                IsDead(row.owner, question.dead);
    if (own) {
      take = held == nullptr || held->epoch != row.epoch ||
             held->nonce != row.nonce;
      if (fault_ == PlantedFault::kRestoreNotNoticed) {
        take = row.nonce.empty() || all_held.empty();
      }
    }
    if (take) {
      const bool was_handed =
          row.owner == name && row.owner_incarnation.empty() && held == nullptr;
      if (!was_handed) history_.leases_upset = now;
      row.owner = name;
      row.owner_incarnation = incarnation;
      ++row.epoch;
      row.nonce = fault_ == PlantedFault::kIdReused
                      ? nonce
                      : absl::StrCat(nonce, ".", uid);
      row.changed_at = now;
      round.acquired.push_back({uid, row});
    } else if (held != nullptr && !own) {
      round.lost.push_back(uid);
    }
  }
  for (const HeldQueue& held : all_held) {
    if (!tables_.queues.contains(held.uid)) round.lost.push_back(held.uid);
  }
  std::erase_if(tables_.replicas, [&](const auto& known) {
    return IsDead(known.first, question.forgotten);
  });
  for (const auto& [other, row] : tables_.replicas) {
    round.replicas.push_back(row);
    if (fault_ == PlantedFault::kBalancedByWrongCounts && other != name) {
      continue;  // As if it had none.
    }
    for (const auto& [uid, queue] : tables_.queues) {
      if (queue.owner == other) ++round.replicas.back().queue_count;
    }
  }
  for (const auto& [source, state] : tables_.sources) {
    round.source_ends.push_back(state.end.position);
  }
  return round;
}

std::vector<AppserviceUid> SimStore::HandOver(
    const std::string& name, const std::string& incarnation,
    const std::vector<HandedQueue>& handed, absl::Duration now) {
  std::vector<AppserviceUid> handed_over;
  for (const auto& [held, heir] : handed) {
    const auto there = tables_.replicas.find(heir);
    const auto found = tables_.queues.find(held.uid);
    if (there == tables_.replicas.end() || there->second.leaving ||
        found == tables_.queues.end()) {
      continue;
    }
    QueueRow& row = found->second;
    if (row.owner != name || row.owner_incarnation != incarnation ||
        row.epoch != held.epoch || row.nonce != held.nonce) {
      continue;
    }
    row.owner = heir;
    row.owner_incarnation.clear();
    row.changed_at = now;
    handed_over.push_back(held.uid);
    history_.hand_overs.push_back({held.uid, now});
  }
  return handed_over;
}

void SimStore::Leave(const std::string& name, const std::string& incarnation) {
  const auto replica = tables_.replicas.find(name);
  if (replica != tables_.replicas.end() &&
      replica->second.incarnation == incarnation) {
    replica->second.leaving = true;
  }
}

void SimStore::Release(const std::string& name, const std::string& incarnation,
                       absl::Duration now) {
  const auto replica = tables_.replicas.find(name);
  const bool has_name = replica != tables_.replicas.end() &&
                        replica->second.incarnation == incarnation;
  for (auto& [uid, row] : tables_.queues) {
    const bool handed = row.owner_incarnation.empty() && has_name;
    if (row.owner != name ||
        !(handed || row.owner_incarnation == incarnation)) {
      continue;
    }
    row.owner.clear();
    row.owner_incarnation.clear();
    row.changed_at = now;
  }
}

// --- Queues -----------------------------------------------------------------

bool SimStore::Holds(const QueueRow& row, const QueueWrite& write) const {
  const bool head_holds = row.head.txn_id == write.expected_txn_id &&
                          static_cast<int32_t>(row.head.sealed.size()) ==
                              write.expected_sealed_count;
  return ((row.epoch == write.epoch && row.nonce == write.nonce) ||
          fault_ == PlantedFault::kEpochUnchecked) &&
         (head_holds || fault_ == PlantedFault::kHeadUnchecked) &&
         SealsWhatIsHere(write);
}

bool SimStore::SealsWhatIsHere(const QueueWrite& write) const {
  Cursors ends;
  for (const auto& [name, source] : tables_.sources) {
    ends.Set(source.id, source.end.position);
  }
  return std::all_of(write.after.sealed.begin(), write.after.sealed.end(),
                     [&](const SealedTransaction& sealed) {
                       return sealed.last_position < ends.Get(sealed.source_id);
                     });
}

bool SimStore::Write(AppserviceUid uid, const QueueWrite& write,
                     absl::Duration now) {
  const auto found = tables_.queues.find(uid);
  const bool revive = found == tables_.queues.end() &&
                      fault_ == PlantedFault::kUnregisteredRevived;
  if (!revive &&
      (found == tables_.queues.end() || !Holds(found->second, write))) {
    return false;
  }
  QueueRow& row = tables_.queues[uid];
  Record(uid, row, write, now);
  row.head = write.after;
  if (write.retired.has_value()) {
    row.settings.body_bytes_max_learned = write.retired->body_bytes_max_learned;
  }
  return true;
}

HeadRead SimStore::ReadHead(AppserviceUid uid, const push::ReadHead& effect,
                            absl::Duration now) {
  HeadRead read{.ticket = effect.ticket, .head = std::nullopt, .epoch = 0};
  const auto queue = tables_.queues.find(uid);
  if (queue == tables_.queues.end()) return read;
  QueueRow& row = queue->second;
  if (fault_ != PlantedFault::kEpochUnchecked) {
    if (row.epoch != effect.epoch || row.nonce != effect.nonce) return read;
    ++row.epoch;
    row.changed_at = now;
  }
  read.head = row.head;
  read.epoch = row.epoch;
  return read;
}

void SimStore::RecordAct(AuditedAct act) {
  if (fault_ == PlantedFault::kSkipUnrecorded &&
      act.kind != AuditedAct::Kind::kRetired) {
    return;
  }
  if (fault_ == PlantedFault::kPossibleRepeatUnrecorded) {
    act.possibly_taken = false;
  }
  history_.acts.push_back(std::move(act));
}

void SimStore::Record(AppserviceUid uid, const QueueRow& row,
                      const QueueWrite& write, absl::Duration now) {
  if (write.after.txn_id != write.expected_txn_id) {
    history_.sealed.push_back({.uid = uid,
                               .txn_id = write.after.txn_id,
                               .time = now,
                               .paused = row.settings.paused});
  }
  RecordSeals(uid, row, write);
  Cursors cursors = row.head.cursors;
  for (const WriteRecords::SetAside& kept :
       RecordsOf(write, row.head.cursors).set_aside) {
    tables_.set_aside.push_back({uid, kept});
  }
  for (const QueueWrite::Settled& settled : write.settled) {
    const SealedTransaction& sealed = settled.sealed;
    const bool acknowledged =
        settled.settlement.kind == Settlement::Kind::kAcknowledged;
    history_.settled.push_back({.uid = uid,
                                .txn_id = sealed.txn_id,
                                .how = acknowledged
                                           ? SettledRecord::How::kAcknowledged
                                           : SettledRecord::How::kPutAside,
                                .time = now});
    if (!acknowledged) {
      RecordAct({.kind = KindOf(settled.settlement.kind),
                 .uid = uid,
                 .txn_id = sealed.txn_id,
                 .time = now},
                sealed.source_id, cursors.Get(sealed.source_id),
                sealed.last_position);
    }
    cursors.Set(sealed.source_id, sealed.last_position);
  }
  if (!write.retired.has_value()) return;
  history_.settled.push_back({.uid = uid,
                              .txn_id = write.retired->txn_id,
                              .how = SettledRecord::How::kRetired,
                              .time = now});
  const auto retired = std::find_if(
      row.head.sealed.begin(), row.head.sealed.end(),
      [&](const auto& s) { return s.txn_id == write.retired->txn_id; });
  if (retired == row.head.sealed.end()) return;
  RecordAct({.kind = AuditedAct::Kind::kRetired,
             .uid = uid,
             .txn_id = retired->txn_id,
             .possibly_taken = write.retired->possibly_taken,
             .time = now},
            retired->source_id, cursors.Get(retired->source_id),
            retired->last_position);
}

bool SimStore::IsNamed(SourceId source_id) const {
  const auto first = tables_.names.lower_bound({source_id, 0});
  return first != tables_.names.end() && first->first.first == source_id;
}

void SimStore::RecordAct(AuditedAct act, SourceId source_id, int64_t after,
                         int64_t last) {
  if (!IsNamed(source_id)) {
    act.stream = StreamOf(source_id);
    act.after = after;
    act.last = last;
    RecordAct(std::move(act));
    return;
  }
  for (auto named = tables_.names.lower_bound({source_id, after + 1});
       named != tables_.names.end() &&
       named->first <= std::pair(source_id, last);
       ++named) {
    const NamedPosition& position = named->second;
    if (position.uid != 0 && position.uid != act.uid) continue;
    if (position.event.stream != act.stream ||
        position.event.position <= act.last) {
      if (act.stream != 0) RecordAct(act);
      act.stream = position.event.stream;
      act.after = position.event.position - 1;
    }
    act.last = position.event.position;
  }
  RecordAct(std::move(act));
}

// Names what new seals have of replays.
void SimStore::RecordSeals(AppserviceUid uid, const QueueRow& row,
                           const QueueWrite& write) {
  const auto source = tables_.sources.find(kReplaySource);
  if (source == tables_.sources.end()) return;
  const SourceId source_id = source->second.id;
  int64_t after = row.head.cursors.Get(source_id);
  for (const SealedTransaction& sealed : write.after.sealed) {
    if (sealed.source_id != source_id) continue;
    std::vector<ReplayedEvent>& events =
        history_.replayed_in[{uid, sealed.txn_id}];
    if (events.empty()) {
      after = std::max(after, write.after.cursors.Get(source_id));
      for (auto named = tables_.names.lower_bound({source_id, after + 1});
           named != tables_.names.end() &&
           named->first <= std::pair(source_id, sealed.last_position);
           ++named) {
        if (named->second.uid != uid) continue;
        events.push_back({named->second.event, named->second.replayed});
      }
    }
    after = sealed.last_position;
  }
}

}  // namespace causeway::push::simulation
