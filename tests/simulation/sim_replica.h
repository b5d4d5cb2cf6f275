#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_REPLICA_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_REPLICA_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/decide.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/lease_balance.h"
#include "services/push_dispatcher/core/lease_rules.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/history.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_delivery.h"
#include "tests/simulation/sim_ingest.h"
#include "tests/simulation/sim_process.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/sim_source.h"
#include "tests/simulation/sim_store.h"
#include "tests/simulation/sim_sweeper.h"
#include "tests/simulation/store_access.h"

namespace causeway::push::simulation {

// One replica of push_dispatcher, with all its processes, one after the other:
// each has ingest, delivery, a sweeper and a keeper of leases of its own, which
// does what delivery/lease_keeper.cc does, by LeaseRules.
//
// Thread-compatible.
class SimReplica {
 public:
  struct Options {
    int64_t number = 0;
    PlantedFault fault = PlantedFault::kNone;
    DeliveryOptions delivery;
    absl::Duration dead_after = absl::Seconds(5);
    // So short that some come back after it.
    absl::Duration forgotten_after = absl::Seconds(7);
    double moves_per_second_max = 2;
  };
  // The application service of a registration, if `revision` has it.
  using FindAppservice =
      std::function<SimAppservice*(const RegistryRevision&, AppserviceUid)>;

  // All must outlive it.
  SimReplica(Options options, const Schedule& schedule,
             const std::vector<RegistryRevision>& revisions, SimStore& store,
             StoreAccess& access, SimClock& clock, Coverage& coverage,
             History& history, PublishedEvents& published,
             FindAppservice find_appservice);

  // A process starts, and learns of `registry_revision` soon.
  void Start();
  // kill -9; started again after a while.
  void Crash();
  // SIGTERM: finishes what is under way, gives its queues back, starts again.
  void Drain();
  // Stands still for a while.
  void Pause(absl::Duration duration);
  // Started again with a version that makes other bodies, or with the right
  // one.
  void ChangeVersion(bool other_bytes);
  // The registry has a new revision.
  void RegistryChanged(int64_t revision);
  // An operator, or the application service itself, was heard of.
  void Hear(AppserviceUid uid, const DeliveryEvent& event);
  // From a source. Lost when no process runs.
  void Publish(std::shared_ptr<const SimBatch> batch, SimSource::Answer answer);
  void GetSourceHistory(const std::string& source,
                        SimSource::HistoryAnswer answer);
  void RestartSource(SimRestart restart, SimSource::RestartAnswer answer);
  // No faults from now on.
  void Heal();
  const std::string& name() const { return process_.name(); }

  bool Blocked(AppserviceUid uid) const { return delivery().Blocked(uid); }
  bool running() const { return process_.running(); }

 private:
  // How long a request takes to get here.
  absl::Duration DrawWay();

  SimDelivery& delivery() const { return *deliveries_.back(); }
  SimIngest& ingest() const { return *ingests_.back(); }

  void StartLater();
  void End();
  void AroundWrite(StoreWrite write, bool before);
  void AwaitDrained(absl::Duration deadline);

  // The keeper's round, and what follows from it.
  void Round();
  void Renew();
  // Whether all queues are let go of.
  bool LetGoIfDue();
  std::string DrawNonce();
  // What the store said at `at`; empty: the name is another's.
  void Renewed(const std::optional<SimLeaseRound>& round, absl::Duration began,
               absl::Duration at);
  void TakeIn(const SimLeaseRound& round);
  void NextRound();
  void Balance();
  // Hands over at once what has been let go of.
  void LookAtLeaving();

  const Options options_;
  const Schedule& schedule_;
  const std::vector<RegistryRevision>& revisions_;
  SimStore& store_;
  SimClock& clock_;
  Coverage& coverage_;
  History& history_;
  PublishedEvents& published_;
  const FindAppservice find_appservice_;
  SimProcess process_;
  bool healthy_ = false;
  bool other_bytes_ = false;
  bool draining_ = false;
  int64_t registry_revision_ = 1;

  // The last is the process's that runs. Those before are gone, but what they
  // had under way may still come through.
  std::vector<std::unique_ptr<SimDelivery>> deliveries_;
  std::vector<std::unique_ptr<SimIngest>> ingests_;
  std::vector<std::unique_ptr<SimSweeper>> sweepers_;

  // The keeper's, anew for each process.
  std::unique_ptr<LeaseRules> rules_;
  std::unique_ptr<LeaseBalance> balance_;
  bool entered_ = false;
  bool renewing_ = false;
  bool kicked_ = false;
  int64_t nonce_count_ = 0;
  std::vector<int64_t> source_ends_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_REPLICA_H_
