#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_INGEST_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_INGEST_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/ingest/batch_builder.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/ingest/room_cache.h"
#include "services/push_dispatcher/ingest/upstream_plan.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "tests/simulation/history.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_process.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/sim_source.h"
#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {

// Ingest of one process: the steps of ingest/ingest.cc, ingest_transaction.cc
// and registry_applier.cc, each step that asks the store being a moment of its
// own. What it decides by is theirs: JudgeBatch(), PlanUpstream(),
// BatchBuilder, RoomCache.
//
// Thread-compatible.
class SimIngest {
 public:
  // Told after each commit, with the queues that got something; and when there
  // are new queues.
  struct Listeners {
    std::function<void(const std::vector<AppserviceUid>&)> committed;
    std::function<void()> registry_applied;
  };

  // All must outlive it. `revisions` are those of the registry, in order.
  SimIngest(PlantedFault fault, const std::vector<RegistryRevision>& revisions,
            SimStore& store, SimProcess& process, SimClock& clock,
            History& history, PublishedEvents& published, Listeners listeners);

  void Publish(std::shared_ptr<const SimBatch> batch,
               SimSource::Answer callback);
  // Empty: UNAVAILABLE.
  void GetSourceHistory(const std::string& source,
                        SimSource::HistoryAnswer callback);
  void RestartSource(const SimRestart& restart,
                     SimSource::RestartAnswer callback);
  // Where sources end and who is in which room: read again when needed.
  // What is under way ends first.
  void ForgetAll() { forget_ = true; }
  // The registry tells of a revision.
  void Learn(int64_t revision);

  // What the sender of transactions goes by, too.
  const RegistryRevision* latest() const { return latest_; }

 private:
  struct Waiting {
    std::shared_ptr<const SimBatch> batch;
    SimSource::Answer callback;
  };
  enum class Failure { kAborted, kAway };

  // The thread's round: registrations first, then what waits, by source.
  void Begin();
  void CatchUp(std::function<void()> then);
  void NextGroup();
  void TryProcess();
  // The source as this process knows it, or else as it is.
  void OpenSource(std::function<void(const SourceState&)> then);
  void Remember(const SourceState& source);
  void TryTransaction(const SourceState& source);
  void TakeTransaction(const SourceState& source,
                       const std::vector<UpstreamRecord>& known);
  // Whether it is matched against what is in force here. Else the group fails.
  bool InForce(const SourceState& source);
  void Judge(const SourceState& source, bool remembered,
             const std::vector<ChainPoint>& passed);
  void LoadRooms(const SourceState& source, std::function<void()> then);
  void Build(const SourceState& source, const ChainPoint& end);
  void Commit(std::shared_ptr<const IngestBatch> batch);
  void Record(const IngestBatch& batch);
  void Succeed();
  void Fail(Failure failure);
  void Forget(const std::string& source_name);
  void Ask(SimProcess::Transaction transaction, std::function<void()> then);

  const PlantedFault fault_;
  const std::vector<RegistryRevision>& revisions_;
  SimStore& store_;
  SimProcess& process_;
  SimClock& clock_;
  History& history_;
  PublishedEvents& published_;
  const Listeners listeners_;

  const RegistryRevision* latest_ = nullptr;   // Told of.
  const RegistryRevision* applied_ = nullptr;  // In force, as far as we know.
  bool busy_ = false;
  bool forget_ = false;
  std::deque<Waiting> waiting_;
  std::deque<std::vector<Waiting>> groups_;
  std::map<std::string, SourceState> sources_;
  RoomCache rooms_;

  // Of the group that is being worked at.
  std::string source_name_;
  std::vector<Waiting> group_;
  int tries_ = 0;
  std::vector<PublishResult> results_;
  // What is new of it, in order.
  std::vector<std::shared_ptr<const SourceRecord>> fresh_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_INGEST_H_
