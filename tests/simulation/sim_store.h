#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_STORE_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_STORE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/core/lease_rules.h"
#include "services/push_dispatcher/core/lease_watch.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/push_dispatcher/store/set_aside.h"
#include "services/push_dispatcher/store/source_history.h"
#include "services/push_dispatcher/store/sweep_rules.h"
#include "tests/simulation/history.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/sim_rooms.h"

namespace causeway::push::simulation {

struct QueueRow {
  std::string owner;
  std::string owner_incarnation;
  Epoch epoch = 0;
  std::string nonce;  // Of the lease. Empty: an operator has been at it.
  QueueHead head;
  QueueSettings settings;
  absl::Duration changed_at;  // Owner or epoch; for the checker.
};

struct StoredEntry {
  int64_t segment_first_position = 0;
  EventSet events;
  int32_t generation = 0;  // The segment's, too.
};

struct SimSegment {
  std::string prefix_sha256;
  EncodedSegment encoded;
  absl::Time publish_time;
  int32_t generation = 0;
};

struct KeptTransaction {
  AppserviceUid uid = 0;
  WriteRecords::SetAside record;
};

// A place where a source has been, and when that was noted.
struct NotedPoint {
  std::string prefix_sha256;
  absl::Duration time;
};

// A source asks to begin anew.
struct SimRestart {
  std::string source;
  int64_t incarnation = 0;
  ChainPoint common;
  // For the checker: what it tells from there on, as far as it has come.
  std::set<StreamEvent> events;
};

// Of positions by which no source names its events: what stands there.
struct NamedPosition {
  StreamEvent event;
  // Of replayed ones: for whom, and what it is again.
  AppserviceUid uid = 0;
  Replay::Event replayed;
};

// All that the store keeps: what a backup copies.
struct StoreTables {
  // By uid, source and last position.
  using EntryKey = std::tuple<AppserviceUid, SourceId, int64_t>;
  using SegmentKey = std::pair<SourceId, int64_t>;
  using RoomKey = std::tuple<SourceId, std::string, std::string>;

  int64_t applied_revision = 0;
  std::map<std::string, SourceState> sources;  // By name.
  std::map<SegmentKey, SimSegment> segments;
  std::map<EntryKey, StoredEntry> entries;
  std::set<RoomKey> members;
  std::set<RoomKey> aliases;
  std::set<AppserviceUid> tombstones;
  std::map<AppserviceUid, QueueRow> queues;
  std::map<std::string, ReplicaHeartbeat> replicas;
  std::vector<KeptTransaction> set_aside;
  // By source, the newest last.
  std::map<SourceId, std::vector<UpstreamRecord>> upstream;
  // Where sources have been, and where earlier incarnations ended.
  std::map<SourceId, std::map<int64_t, NotedPoint>> points;
  std::map<SourceId, std::vector<ChainPoint>> left;
  // When each was opened. Nothing is ever added to 0 but what is moved there.
  std::map<int32_t, absl::Duration> generations = {{0, absl::ZeroDuration()},
                                                   {1, absl::ZeroDuration()}};
  // For the checker.
  std::map<std::pair<SourceId, int64_t>, NamedPosition> names;
  // Of upstream homeservers, by stream: as their transactions have told it.
  std::map<int32_t, SimRooms> upstream_rooms;
};

struct SimLeaseRound {
  struct Acquired {
    AppserviceUid uid = 0;
    QueueRow row;
  };
  std::vector<ReplicaHeartbeat> replicas;
  std::vector<Acquired> acquired;
  std::vector<AppserviceUid> lost;
  std::vector<AppserviceUid> handed_over;
  std::vector<int64_t> source_ends;
};

// The store's transactions, each at once and whole: as services/push_dispatcher
// /store promises them. When they happen, and whether anybody hears of it, is
// StoreAccess's. Writes into the history what becomes of transactions, since
// the records of a restored store are gone.
//
// Thread-compatible.
class SimStore {
 public:
  SimStore(History& history, PlantedFault fault)
      : history_(history), fault_(fault) {}

  const StoreTables& tables() const { return tables_; }
  void Restore(const StoreTables& backup, absl::Duration now);

  // --- Leases ---
  void Enter(const std::string& name, const std::string& incarnation);
  // Empty: the name is another's. `nonce` is drawn for this round: with the uid
  // it is that of whatever is taken in it.
  std::optional<SimLeaseRound> Renew(const std::string& name,
                                     const std::string& incarnation,
                                     const LeaseQuestion& question,
                                     const std::string& nonce,
                                     absl::Duration now);
  void Leave(const std::string& name, const std::string& incarnation);
  void Release(const std::string& name, const std::string& incarnation,
               absl::Duration now);

  // --- Queues ---
  bool Write(AppserviceUid uid, const QueueWrite& write, absl::Duration now);
  // Raises the epoch.
  HeadRead ReadHead(AppserviceUid uid, const push::ReadHead& effect,
                    absl::Duration now);

  // --- Ingest ---
  SourceState OpenSource(const std::string& name);
  std::vector<ChainPoint> PassedPoints(SourceId source_id, int64_t first,
                                       int64_t last) const;
  RoomFacts LoadRoom(SourceId source_id, const std::string& room_id) const;
  SourceHistory GetSourceHistory(const std::string& name) const;
  // False: it was refused.
  bool RestartSource(const SimRestart& restart, absl::Duration now);
  // As a sweeper does it, each so often.
  void KeepSourcePoints(absl::Duration interval, absl::Duration now);
  // `names`: of the events, if it isn't by their positions.
  bool Commit(const IngestBatch& batch, absl::Time wall,
              const std::vector<StreamEvent>& names = {});
  // What there is to know of such an event, when it is committed: a restore
  // takes from what came before, and nobody tells it again.
  EventFacts TakeFacts(const SourceRecord& record);
  // The newest first.
  std::vector<UpstreamRecord> ListUpstreamRecords(
      SourceId source_id, const std::string& txn_id) const;
  // The revision in force afterwards, and whether there are new queues.
  std::pair<int64_t, bool> ApplyRegistry(int64_t revision,
                                         const std::vector<AppserviceUid>& uids,
                                         absl::Duration now);

  // --- Operators ---
  // As PostgresOperatorStore::Act(). False: it was refused. `replay`: of what
  // is replayed, if anything is, and `stream` the number for it.
  bool Act(AppserviceUid uid, const QueueAct& act, absl::Duration now,
           int32_t stream = 0, Replay replay = {});

  // --- Space, as store/postgres_sweep.cc does it, step by step ---
  std::vector<Generation> ListGenerations(absl::Duration now) const;
  // All but 0 that are older are closed.
  int32_t OldestWritten() const;
  // Each returns whether it has done anything.
  bool OpenGeneration(int32_t newest_seen, absl::Duration now);
  WantedOfGeneration MeasureWanted(int32_t generation) const;
  bool DropGeneration(int32_t generation);
  bool DeleteMoved();

  // By the number that its events name it by.
  int32_t StreamOf(SourceId source_id) const;

 private:
  bool Holds(const QueueRow& row, const QueueWrite& write) const;
  std::vector<AppserviceUid> HandOver(const std::string& name,
                                      const std::string& incarnation,
                                      const std::vector<HandedQueue>& handed,
                                      absl::Duration now);
  bool IsDead(const std::string& name,
              const std::vector<ReplicaHeartbeat>& dead) const;
  // Not what a restore has undone.
  bool SealsWhatIsHere(const QueueWrite& write) const;
  void Record(AppserviceUid uid, const QueueRow& row, const QueueWrite& write,
              absl::Duration now);
  void RecordAct(AuditedAct act);
  // The same of a queue's events of a source, by the names that they have.
  void RecordAct(AuditedAct act, SourceId source_id, int64_t after,
                 int64_t last);
  void RecordSeals(AppserviceUid uid, const QueueRow& row,
                   const QueueWrite& write);
  void RecordChange(AppserviceUid uid, const QueueHead& before,
                    const QueueHead& after, absl::Duration now);
  QueueFacts FactsOf(AppserviceUid uid, const QueueAct& act) const;
  void CommitReplay(AppserviceUid uid, const QueueChange& change, Replay replay,
                    int32_t stream, absl::Duration now);
  bool IsWanted(const StoreTables::EntryKey& key) const;
  bool IsNamed(SourceId source_id) const;

  History& history_;
  const PlantedFault fault_;
  StoreTables tables_;
};

// "s7" for 7, and back; 0 for others.
std::string SourceName(int32_t stream);
int32_t StreamNumber(absl::string_view source_name);

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_STORE_H_
