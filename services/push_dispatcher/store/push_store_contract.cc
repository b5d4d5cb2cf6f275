#include "services/push_dispatcher/store/push_store_contract.h"

#include <vector>

#include "services/shared/matrix/token.h"

namespace causeway::push {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PushStoreContract);

PushStoreContract::PushStoreContract()
    : stores_(GetParam()()),
      ingest_(*stores_.ingest),
      queues_(*stores_.queues),
      leases_(*stores_.leases),
      operators_(*stores_.operators) {
  EXPECT_TRUE(leases_.Enter(replica_).ok());
}

void PushStoreContract::Apply(int64_t revision,
                              std::initializer_list<AppserviceUid> uids) {
  std::vector<KnownAppservice> appservices;
  for (AppserviceUid uid : uids) {
    appservices.push_back({uid, "as" + std::to_string(uid), true});
  }
  const auto applied = ingest_.ApplyRegistry(revision, appservices);
  ASSERT_TRUE(applied.ok()) << applied.status();
}

IngestBatch PushStoreContract::Publish(
    size_t record_count, std::initializer_list<AppserviceUid> uids,
    std::initializer_list<size_t> indexes) {
  IngestBatch batch;
  batch.before = ingest_.OpenSource("hs").value();
  batch.end = batch.before.end;
  std::vector<absl::string_view> records(record_count, R"({"a":1})");
  for (absl::string_view record : records) {
    batch.end = NextPoint(batch.end, matrix::Sha256(record));
  }
  EventSet events;
  size_t last = 0;
  for (size_t index : indexes) {
    events.Add(index);
    last = std::max(last, index);
  }
  for (AppserviceUid uid : uids) {
    batch.entries.push_back({.uid = uid,
                             .last_position = batch.before.end.position +
                                              static_cast<int64_t>(last),
                             .events = events});
  }
  if (uids.size() > 0) {
    batch.segment = Segment::Of(records).Encode(batch.end.prefix_sha256);
  }
  const absl::Status committed = ingest_.Commit(batch);
  EXPECT_TRUE(committed.ok()) << committed;
  return batch;
}

AcquiredQueue PushStoreContract::Acquire(AppserviceUid uid,
                                         const LeaseQuestion& question) {
  const LeaseRound round = leases_.Renew(replica_, question).value();
  for (const AcquiredQueue& queue : round.acquired) {
    if (queue.uid == uid) return queue;
  }
  ADD_FAILURE() << "queue not acquired: " << uid;
  return {};
}

QueueWrite PushStoreContract::NoChange(Epoch epoch, const std::string& nonce,
                                       const QueueHead& head) {
  QueueWrite write;
  write.epoch = epoch;
  write.nonce = nonce;
  write.expected_txn_id = head.txn_id;
  write.expected_sealed_count = static_cast<int32_t>(head.sealed.size());
  write.after = head;
  return write;
}

QueueWrite PushStoreContract::Seal(const AcquiredQueue& queue,
                                   const std::string& txn_id,
                                   int64_t last_position) {
  QueueWrite write = NoChange(queue.epoch, queue.nonce, queue.head);
  AddSeal(txn_id, last_position, write);
  return write;
}

void PushStoreContract::AddSeal(const std::string& txn_id,
                                int64_t last_position, QueueWrite& write) {
  write.after.txn_id = txn_id;
  write.after.sealed.push_back({.txn_id = txn_id,
                                .source_id = 1,
                                .last_position = last_position,
                                .event_count = 2,
                                .body_sha256 = matrix::Sha256("body"),
                                .body_format = 1,
                                .publish_time = absl::FromUnixMillis(1234)});
}

QueueWrite PushStoreContract::Settle(const QueueWrite& write,
                                     const Settlement& settlement) {
  QueueWrite settle = NoChange(write.epoch, write.nonce, write.after);
  AddSettlement(settlement, settle);
  return settle;
}

void PushStoreContract::AddSettlement(const Settlement& settlement,
                                      QueueWrite& write) {
  const SealedTransaction sealed = write.after.sealed.front();
  write.after.sealed.erase(write.after.sealed.begin());
  write.after.cursors.Set(sealed.source_id, sealed.last_position);
  write.settled.push_back({sealed, settlement});
}

QueueHead PushStoreContract::Head(AppserviceUid uid, Epoch epoch) {
  const auto queue = operators_.FindQueue(absl::StrCat("as", uid));
  EXPECT_TRUE(queue.ok()) << queue.status();
  if (!queue.ok()) return {};
  EXPECT_EQ(queue->epoch, epoch);
  return queue->head;
}

std::vector<AuditRecord> PushStoreContract::Acts() {
  const auto acts = operators_.ListAuditRecords("", kNewest, 100);
  EXPECT_TRUE(acts.ok()) << acts.status();
  return acts.value_or(std::vector<AuditRecord>());
}

void PushStoreContract::SweepAll() {
  // One closes the generation, one drops it, one deletes what was moved.
  for (int i = 0; i < 3; ++i) {
    const auto swept = operators_.Sweep(kTinyGenerations);
    ASSERT_TRUE(swept.ok()) << swept.status();
  }
}

bool PushStoreContract::Write(AppserviceUid uid, const QueueWrite& write) {
  const auto done = queues_.Write({{uid, write}});
  EXPECT_TRUE(done.ok()) << done.status();
  return done.ok() && done->at(0);
}

}  // namespace causeway::push
