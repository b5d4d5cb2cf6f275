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
#include "tests/simulation/history.h"
#include "tests/simulation/planted_fault.h"

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
};

struct StoredSegment {
  std::string prefix_sha256;
  EncodedSegment encoded;
  absl::Time publish_time;
};

// All that the store keeps: what a backup copies.
struct StoreTables {
  // By uid, source and last position.
  using EntryKey = std::tuple<AppserviceUid, SourceId, int64_t>;
  using SegmentKey = std::pair<SourceId, int64_t>;
  using RoomKey = std::tuple<SourceId, std::string, std::string>;

  int64_t applied_revision = 0;
  std::map<std::string, SourceState> sources;  // By name.
  std::map<SegmentKey, StoredSegment> segments;
  std::map<EntryKey, StoredEntry> entries;
  std::set<RoomKey> members;
  std::set<RoomKey> aliases;
  std::set<AppserviceUid> tombstones;
  std::map<AppserviceUid, QueueRow> queues;
  std::map<std::string, ReplicaHeartbeat> replicas;
};

struct SimLeaseRound {
  struct Acquired {
    AppserviceUid uid = 0;
    QueueRow row;
  };
  std::vector<ReplicaHeartbeat> replicas;
  std::vector<Acquired> acquired;
  std::vector<AppserviceUid> lost;
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
  bool Commit(const IngestBatch& batch, absl::Time wall);
  // The revision in force afterwards, and whether there are new queues.
  std::pair<int64_t, bool> ApplyRegistry(int64_t revision,
                                         const std::vector<AppserviceUid>& uids,
                                         absl::Duration now);

  // --- Operators, and what is done now and then ---
  // Changes settings, and raises the epoch.
  void ChangeSettings(AppserviceUid uid, const QueueSettings& settings,
                      absl::Duration now);
  // Gives up the first sealed transaction, if there is one.
  void SkipHead(AppserviceUid uid, absl::Duration now);
  void Sweep();

  // By the number that its events name it by.
  int32_t StreamOf(SourceId source_id) const;

 private:
  bool Holds(const QueueRow& row, const QueueWrite& write) const;
  bool IsDead(const std::string& name,
              const std::vector<ReplicaHeartbeat>& dead) const;
  // Not what a restore has undone.
  bool SealsWhatIsHere(const QueueWrite& write) const;
  void Record(AppserviceUid uid, const QueueRow& row, const QueueWrite& write,
              absl::Duration now);
  void RecordAct(AuditedAct act);

  History& history_;
  const PlantedFault fault_;
  StoreTables tables_;
};

// "s7" for 7, and back.
std::string SourceName(int32_t stream);
int32_t StreamNumber(absl::string_view source_name);

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_STORE_H_
