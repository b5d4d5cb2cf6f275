#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_PUSH_STORE_CONTRACT_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_PUSH_STORE_CONTRACT_H_

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/lease_store.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/push_stores.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {

// What any implementation of the stores has to do:
//
//   INSTANTIATE_TEST_SUITE_P(Fake, PushStoreContract,
//                            ::testing::Values(MakeFakeStores));
class PushStoreContract
    : public ::testing::TestWithParam<std::function<PushStores()>> {
 protected:
  PushStoreContract();

  // Registers services with the given uids, at `revision`, all with a queue.
  void Apply(int64_t revision, std::initializer_list<AppserviceUid> uids);

  // Commits `record_count` records of source "hs", of which each of `uids` gets
  // those at `indexes`. Returns what was committed.
  IngestBatch Publish(size_t record_count,
                      std::initializer_list<AppserviceUid> uids,
                      std::initializer_list<size_t> indexes);

  // Takes all free queues, and what `question` allows, for the replica "a" and
  // returns the one of `uid`.
  AcquiredQueue Acquire(AppserviceUid uid, const LeaseQuestion& question = {});

  // A write on that head that changes nothing, for others to be added.
  static QueueWrite NoChange(Epoch epoch, const std::string& nonce,
                             const QueueHead& head);
  // A seal of the events up to `last_position`, on the head of `queue`.
  static QueueWrite Seal(const AcquiredQueue& queue, const std::string& txn_id,
                         int64_t last_position);
  static void AddSeal(const std::string& txn_id, int64_t last_position,
                      QueueWrite& write);
  // The end of the first that is sealed after `write`: by default, it is taken.
  static QueueWrite Settle(const QueueWrite& write,
                           const Settlement& settlement = {});
  // The same in a write that has other things to do.
  static void AddSettlement(const Settlement& settlement, QueueWrite& write);

  // The head; the epoch is the queue's.
  QueueHead Head(AppserviceUid uid, Epoch epoch);
  // What was recorded, the newest first.
  std::vector<AuditRecord> Acts();

  bool Write(AppserviceUid uid, const QueueWrite& write);

  static constexpr SweepOptions kTinyGenerations = {
      .generation_bytes = 1, .patience = absl::ZeroDuration()};
  // Until there is nothing more to give back.
  void SweepAll();

  const ReplicaIdentity replica_ = {"a", "1", "127.0.0.1:1"};
  PushStores stores_;
  IngestStore& ingest_;
  QueueStore& queues_;
  LeaseStore& leases_;
  OperatorStore& operators_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_PUSH_STORE_CONTRACT_H_
