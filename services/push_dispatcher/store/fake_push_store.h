#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_FAKE_PUSH_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_FAKE_PUSH_STORE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/queue_settings.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/lease_store.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/push_dispatcher/store/queue_store.h"
#include "services/push_dispatcher/store/set_aside.h"

namespace causeway::push {

// All that push keeps, in memory, for tests. Passes push_store_contract.h.
//
// Thread-safe.
class FakePushStore final : public IngestStore,
                            public QueueStore,
                            public LeaseStore,
                            public OperatorStore {
 public:
  FakePushStore();
  ~FakePushStore() override;

  enum class Fault {
    kNotDone,  // The call fails, nothing has changed.
    kDone,     // The call fails although it was done.
  };
  // What the next Commit() or Write() does, once.
  void FailNextWrite(Fault fault) ABSL_LOCKS_EXCLUDED(mu_);
  // As if it were a backup in which that revision of the registry is in force.
  void GoBackTo(int64_t registry_revision) ABSL_LOCKS_EXCLUDED(mu_);
  // Until told otherwise, every call fails.
  void SetAway(bool away) ABSL_LOCKS_EXCLUDED(mu_);
  // That ReadEntries() has given so far.
  int64_t entries_read() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return entries_read_;
  }
  // What the store's clock says: the publish time of what is committed next,
  // and the time of records. It begins at the Unix epoch and stands still.
  void SetNow(absl::Time now) ABSL_LOCKS_EXCLUDED(mu_);

  // IngestStore
  absl::StatusOr<SourceState> FindSource(absl::string_view name) override;
  absl::StatusOr<SourceState> OpenSource(absl::string_view name) override;
  absl::StatusOr<std::vector<ChainPoint>> ListPassedPoints(
      SourceId source_id, int64_t first, int64_t last) override;
  absl::StatusOr<SourceHistory> GetSourceHistory(
      absl::string_view name) override;
  absl::Status RestartSource(absl::string_view name, int64_t incarnation,
                             const ChainPoint& common) override;
  absl::StatusOr<absl::flat_hash_map<std::string, RoomFacts>> LoadRooms(
      SourceId source_id, absl::Span<const std::string> room_ids) override;
  absl::StatusOr<std::vector<UpstreamRecord>> ListUpstreamRecords(
      SourceId source_id, absl::string_view txn_id) override;
  absl::Status Commit(const IngestBatch& batch) override;
  absl::StatusOr<AppliedRegistry> ApplyRegistry(
      int64_t revision, absl::Span<const KnownAppservice> appservices) override;
  absl::StatusOr<AppliedRegistry> ApplyRegistryChanges(
      int64_t since, int64_t revision,
      absl::Span<const KnownAppservice> changed,
      absl::Span<const AppserviceUid> gone) override;
  void ForgetAll() override {}

  // QueueStore
  absl::StatusOr<std::vector<std::vector<QueueEntry>>> ReadEntries(
      absl::Span<const EntriesQuery> queries, int32_t entries_max) override;
  absl::StatusOr<std::vector<EncodedSegment>> ReadSegments(
      absl::Span<const SegmentKey> keys) override;
  absl::StatusOr<std::vector<bool>> Write(
      absl::Span<const OwnedWrite> writes) override;
  absl::StatusOr<std::vector<std::optional<RaisedHead>>> ReadHeads(
      absl::Span<const OwnedHead> queues) override;

  // LeaseStore
  absl::Status Enter(const ReplicaIdentity& replica) override;
  absl::StatusOr<LeaseRound> Renew(const ReplicaIdentity& replica,
                                   const LeaseQuestion& question) override;
  absl::Status Leave(const ReplicaIdentity& replica) override;
  absl::Status Release(const ReplicaIdentity& replica) override;

  // OperatorStore
  absl::StatusOr<QueueSummary> FindQueue(
      absl::string_view appservice_id) override;
  absl::StatusOr<std::vector<QueueSummary>> ListQueues(
      absl::string_view after, int32_t count_max) override;
  absl::StatusOr<std::vector<QueueSummary>> ListQueuesOf(
      absl::Span<const AppserviceUid> uids) override;
  absl::StatusOr<ActOutcome> Act(const OperatorAct& act) override;
  absl::StatusOr<absl::flat_hash_map<SourceId, std::string>> ListSourceNames()
      override;
  absl::StatusOr<int64_t> ForgetLeftHistories(
      absl::string_view source_name, const std::string& reason) override;
  absl::StatusOr<std::vector<SetAsideTransaction>> ListSetAside(
      AppserviceUid uid, int64_t before_id, int32_t count_max) override;
  absl::StatusOr<std::vector<AuditRecord>> ListAuditRecords(
      absl::string_view appservice_id, int64_t before_id,
      int32_t count_max) override;
  absl::StatusOr<std::vector<StoredSegment>> ListSegments(
      SourceId source_id, int64_t before_position, int32_t count_max,
      int64_t raw_bytes_max) override;
  absl::StatusOr<std::vector<StoredSegment>> ListSegmentsInRange(
      SourceId source_id, int64_t first_position, int64_t last_position,
      int32_t count_max, int64_t raw_bytes_max) override;
  absl::StatusOr<Swept> Sweep(const SweepOptions& options) override;

 private:
  struct KeptSegment {
    std::string prefix_sha256;
    EncodedSegment encoded;
  };
  struct StoredQueue {
    std::string owner;
    std::string owner_incarnation;
    Epoch epoch = 0;
    std::string nonce;
    QueueHead head;
    QueueSettings settings;
    int64_t delivered_transactions = 0;
    int64_t delivered_events = 0;
  };
  struct KnownService {
    std::string appservice_id;
    bool unregistered = false;
    QueueSettings kept_settings = {};  // Of a queue that was dropped.
  };
  struct KeptTransaction {
    AppserviceUid uid = 0;
    WriteRecords::SetAside record;
  };
  // uid, source, last position, as the table's key.
  using EntryKey = std::tuple<AppserviceUid, SourceId, int64_t>;
  using SegmentId = std::pair<SourceId, int64_t>;

  absl::Status CheckAway() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Apply(const IngestBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool SealsWhatIsUndone(const QueueWrite& write) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<UpstreamRecord> UpstreamRecords(SourceId source_id,
                                              absl::string_view txn_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void KeepUpstream(const IngestBatch& batch, SourceState& source)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Apply(const OwnedWrite& owned) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  AppliedRegistry PutInForce(int64_t revision,
                             absl::Span<const KnownAppservice> changed,
                             absl::Span<const AppserviceUid> gone)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void DropQueue(AppserviceUid uid, AppliedRegistry& applied)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void KeepRecords(absl::string_view actor, AppserviceUid uid,
                   const WriteRecords& records)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void KeepSourceActs(absl::string_view actor,
                      const std::vector<AuditRecord>& acts)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  QueueFacts FactsOf(AppserviceUid uid, const QueueAct& act) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Replay(AppserviceUid uid, const QueueChange& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void NoteReplayed(AppserviceUid uid, const std::string& txn_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<AppserviceUid> HandOver(const ReplicaIdentity& replica,
                                      const std::vector<HandedQueue>& handed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  SourceHistory HistoryOf(const SourceState& source) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void KeepSourcePoints(absl::Duration interval)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ExpireSetAside(absl::Duration retention)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ForgetRecords(absl::Duration retention, Swept& swept)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  QueueSummary Summarise(AppserviceUid uid, const StoredQueue& queue) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  bool away_ ABSL_GUARDED_BY(mu_) = false;
  int64_t entries_read_ ABSL_GUARDED_BY(mu_) = 0;
  std::optional<Fault> next_write_ ABSL_GUARDED_BY(mu_);
  absl::Time now_ ABSL_GUARDED_BY(mu_);

  int64_t nonces_drawn_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, SourceState> sources_ ABSL_GUARDED_BY(mu_);
  int64_t applied_revision_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<SegmentId, KeptSegment> segments_ ABSL_GUARDED_BY(mu_);
  std::map<EntryKey, QueueEntry> entries_ ABSL_GUARDED_BY(mu_);
  std::map<AppserviceUid, KnownService> appservices_ ABSL_GUARDED_BY(mu_);
  std::map<AppserviceUid, StoredQueue> queues_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, ReplicaHeartbeat> replicas_ ABSL_GUARDED_BY(mu_);
  // source, room, user or alias.
  std::set<std::tuple<SourceId, std::string, std::string>> members_
      ABSL_GUARDED_BY(mu_);
  std::set<std::tuple<SourceId, std::string, std::string>> aliases_
      ABSL_GUARDED_BY(mu_);
  struct KeptPoint {
    std::string prefix_sha256;
    absl::Time create_time;
  };
  // By the source's own positions.
  std::map<SourceId, std::map<int64_t, KeptPoint>> points_ ABSL_GUARDED_BY(mu_);
  std::map<SourceId, std::vector<ChainPoint>> left_ ABSL_GUARDED_BY(mu_);
  std::map<SourceId, std::vector<UpstreamRecord>> upstream_
      ABSL_GUARDED_BY(mu_);  // The newest last.
  std::vector<KeptTransaction> set_aside_ ABSL_GUARDED_BY(mu_);
  std::vector<AuditRecord> acts_ ABSL_GUARDED_BY(mu_);
  int64_t last_record_id_ ABSL_GUARDED_BY(mu_) = 0;  // Of both.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_FAKE_PUSH_STORE_H_
