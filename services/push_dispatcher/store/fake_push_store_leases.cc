// The second half of the fake: leases, and what operators see.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

bool Contains(const std::vector<ReplicaHeartbeat>& dead,
              const ReplicaHeartbeat& replica) {
  return std::any_of(dead.begin(), dead.end(), [&](const auto& seen) {
    return seen.name == replica.name &&
           seen.incarnation == replica.incarnation &&
           seen.heartbeat == replica.heartbeat;
  });
}

}  // namespace

absl::Status FakePushStore::Enter(const ReplicaIdentity& replica) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  ReplicaHeartbeat& row = replicas_[replica.name];
  row = {replica.name, replica.incarnation, row.heartbeat + 1,
         replica.grpc_address};
  return absl::OkStatus();
}

std::vector<AppserviceUid> FakePushStore::HandOver(
    const ReplicaIdentity& replica, const std::vector<HandedQueue>& handed) {
  std::vector<AppserviceUid> handed_over;
  for (const auto& [held, heir_name] : handed) {
    const auto heir = replicas_.find(heir_name);
    const auto found = queues_.find(held.uid);
    if (heir == replicas_.end() || heir->second.leaving ||
        found == queues_.end()) {
      continue;
    }
    StoredQueue& queue = found->second;
    if (queue.owner != replica.name ||
        queue.owner_incarnation != replica.incarnation ||
        queue.epoch != held.epoch || queue.nonce != held.nonce) {
      continue;
    }
    queue.owner = heir_name;
    queue.owner_incarnation.clear();
    handed_over.push_back(held.uid);
  }
  return handed_over;
}

absl::StatusOr<LeaseRound> FakePushStore::Renew(const ReplicaIdentity& replica,
                                                const LeaseQuestion& question) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  ReplicaHeartbeat& row = replicas_[replica.name];
  if (row.incarnation != replica.incarnation) {
    return absl::FailedPreconditionError(absl::StrCat(
        "another process has the replica name ", replica.name, " now"));
  }
  ++row.heartbeat;
  std::erase_if(replicas_, [&](const auto& known) {
    return Contains(question.forgotten, known.second);
  });
  LeaseRound round;
  round.handed_over = HandOver(replica, question.handed);
  std::map<AppserviceUid, HeldQueue> held;
  for (const HandedQueue& handed : question.handed) {
    held[handed.queue.uid] = handed.queue;
  }
  for (AppserviceUid uid : round.handed_over) held.erase(uid);
  for (const HeldQueue& queue : question.held) held[queue.uid] = queue;
  for (auto& [uid, queue] : queues_) {
    const bool own = queue.owner == replica.name;
    const bool current = queue.owner_incarnation == replica.incarnation;
    const bool is_held = held.contains(uid);
    const bool agreed =
        is_held && held[uid] == HeldQueue{uid, queue.epoch, queue.nonce};
    const bool dead = !own && replicas_.contains(queue.owner) &&
                      Contains(question.dead, replicas_[queue.owner]);
    if (!replicas_.contains(queue.owner) || dead ||
        (own && !(current && agreed))) {
      LeaseOrigin origin = dead ? LeaseOrigin::kDead : LeaseOrigin::kFree;
      if (own) {
        origin = queue.owner_incarnation.empty() && !is_held
                     ? LeaseOrigin::kHandedOver
                     : LeaseOrigin::kOwn;
      }
      queue.owner = replica.name;
      queue.owner_incarnation = replica.incarnation;
      ++queue.epoch;
      queue.nonce = absl::StrCat(absl::Hex(++nonces_drawn_));
      round.acquired.push_back(
          {uid, queue.epoch, queue.nonce, queue.head, queue.settings, origin});
    } else if (is_held && !own) {
      round.lost.push_back(uid);
    }
  }
  for (const auto& [uid, queue] : held) {
    if (!queues_.contains(uid)) round.lost.push_back(uid);
  }
  for (const auto& replica : replicas_) {
    round.replicas.push_back(replica.second);
    round.replicas.back().queue_count = std::count_if(
        queues_.begin(), queues_.end(),
        [&](const auto& queue) { return queue.second.owner == replica.first; });
  }
  round.source_ends.resize(sources_.size());
  for (const auto& [name, source] : sources_) {
    round.source_ends[static_cast<size_t>(source.id - 1)] = source.end.position;
  }
  return round;
}

absl::Status FakePushStore::Leave(const ReplicaIdentity& replica) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const auto row = replicas_.find(replica.name);
  if (row != replicas_.end() &&
      row->second.incarnation == replica.incarnation) {
    row->second.leaving = true;
  }
  return absl::OkStatus();
}

absl::Status FakePushStore::Release(const ReplicaIdentity& replica) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  const auto row = replicas_.find(replica.name);
  const bool has_name =
      row != replicas_.end() && row->second.incarnation == replica.incarnation;
  for (auto& [uid, queue] : queues_) {
    if (queue.owner == replica.name &&
        (queue.owner_incarnation == replica.incarnation ||
         (queue.owner_incarnation.empty() && has_name))) {
      queue.owner.clear();
      queue.owner_incarnation.clear();
    }
  }
  return absl::OkStatus();
}

QueueSummary FakePushStore::Summarise(AppserviceUid uid,
                                      const StoredQueue& queue) const {
  QueueSummary summary = {
      .uid = uid,
      .appservice_id = appservices_.at(uid).appservice_id,
      .owner = queue.owner,
      .epoch = queue.epoch,
      .head = queue.head,
      .settings = queue.settings,
      .delivered_transactions = queue.delivered_transactions,
      .delivered_events = queue.delivered_events,
      .queued_events = 0,
      .oldest_time = {},
      .set_aside_transactions = 0};
  for (const auto& [key, entry] : entries_) {
    if (std::get<0>(key) != uid) continue;
    for (std::optional<size_t> i = entry.events.Next(0); i.has_value();
         i = entry.events.Next(*i + 1)) {
      if (entry.position(*i) <=
          queue.head.cursors.Get(entry.segment.source_id)) {
        continue;
      }
      ++summary.queued_events;
      summary.oldest_time =
          std::min(entry.publish_time,
                   summary.oldest_time.value_or(absl::InfiniteFuture()));
    }
  }
  for (const KeptTransaction& kept : set_aside_) {
    summary.set_aside_transactions +=
        kept.uid == uid && !kept.record.transaction.replay_time.has_value();
  }
  return summary;
}

absl::StatusOr<QueueSummary> FakePushStore::FindQueue(
    absl::string_view appservice_id) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  for (const auto& [uid, queue] : queues_) {
    if (appservices_[uid].appservice_id == appservice_id) {
      return Summarise(uid, queue);
    }
  }
  return NoSuchQueue(appservice_id);
}

absl::StatusOr<std::vector<QueueSummary>> FakePushStore::ListQueues(
    absl::string_view after, int32_t count_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::map<std::string, QueueSummary> found;
  for (const auto& [uid, queue] : queues_) {
    const std::string& id = appservices_[uid].appservice_id;
    if (id > std::string(after)) found[id] = Summarise(uid, queue);
  }
  std::vector<QueueSummary> result;
  for (const auto& [id, summary] : found) {
    if (static_cast<int32_t>(result.size()) == count_max) break;
    result.push_back(summary);
  }
  return result;
}

absl::StatusOr<std::vector<QueueSummary>> FakePushStore::ListQueuesOf(
    absl::Span<const AppserviceUid> uids) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::map<std::string, QueueSummary> by_id;
  for (AppserviceUid uid : uids) {
    const auto queue = queues_.find(uid);
    if (queue == queues_.end()) continue;
    QueueSummary summary = Summarise(uid, queue->second);
    by_id[summary.appservice_id] = std::move(summary);
  }
  std::vector<QueueSummary> summaries;
  for (auto& [id, summary] : by_id) summaries.push_back(std::move(summary));
  return summaries;
}

absl::StatusOr<std::vector<SetAsideTransaction>> FakePushStore::ListSetAside(
    AppserviceUid uid, int64_t before_id, int32_t count_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::vector<SetAsideTransaction> result;
  for (auto kept = set_aside_.rbegin(); kept != set_aside_.rend(); ++kept) {
    if (static_cast<int32_t>(result.size()) == count_max) break;
    const SetAsideTransaction& transaction = kept->record.transaction;
    if (kept->uid != uid || transaction.id >= before_id) continue;
    result.push_back(transaction);
  }
  return result;
}

absl::StatusOr<std::vector<AuditRecord>> FakePushStore::ListAuditRecords(
    absl::string_view appservice_id, int64_t before_id, int32_t count_max) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  std::vector<AuditRecord> result;
  for (auto act = acts_.rbegin(); act != acts_.rend(); ++act) {
    if (static_cast<int32_t>(result.size()) == count_max) break;
    if (act->id >= before_id) continue;
    if (!appservice_id.empty() && act->appservice_id != appservice_id) continue;
    result.push_back(*act);
  }
  return result;
}

// Has no generations: deletes all one by one.
absl::StatusOr<Swept> FakePushStore::Sweep(const SweepOptions& options) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  Swept swept;
  std::set<SegmentId> wanted;
  for (auto it = entries_.begin(); it != entries_.end();) {
    const auto& [uid, source_id, last_position] = it->first;
    const auto queue = queues_.find(uid);
    if (queue == queues_.end() ||
        last_position <= queue->second.head.cursors.Get(source_id)) {
      it = entries_.erase(it);
      ++swept.entry_count;
    } else {
      wanted.insert({source_id, it->second.segment.first_position});
      ++it;
    }
  }
  swept.segment_count =
      static_cast<int64_t>(std::erase_if(segments_, [&](const auto& segment) {
        return !wanted.contains(segment.first);
      }));
  KeepSourcePoints(options.source_point_interval);
  ExpireSetAside(options.set_aside_retention);
  ForgetRecords(options.record_retention, swept);
  return swept;
}

void FakePushStore::ForgetRecords(absl::Duration retention, Swept& swept) {
  const absl::Time now = now_;
  swept.set_aside_count = static_cast<int64_t>(
      std::erase_if(set_aside_, [&](const KeptTransaction& kept) {
        return kept.record.body == nullptr &&
               now - kept.record.transaction.settle_time >= retention;
      }));
  swept.audit_record_count =
      static_cast<int64_t>(std::erase_if(acts_, [&](const AuditRecord& act) {
        return now - act.create_time >= retention;
      }));
}

void FakePushStore::ExpireSetAside(absl::Duration retention) {
  for (KeptTransaction& kept : set_aside_) {
    SetAsideTransaction& transaction = kept.record.transaction;
    if (kept.record.body == nullptr ||
        now_ - transaction.settle_time < retention) {
      continue;
    }
    kept.record.body = nullptr;
    transaction.expire_time = now_;
    KeepRecords(kDispatcherActor, kept.uid,
                ExpiryRecords(transaction.sealed.txn_id,
                              transaction.sealed.event_count));
  }
}

}  // namespace causeway::push
