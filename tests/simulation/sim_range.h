#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_RANGE_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_RANGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "tests/simulation/chance.h"
#include "tests/simulation/history.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/sim_source.h"
#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {

// What of a range of positions is to be replayed for one queue: by what
// range_replayer.cc goes by (ingest/range_records.h), and by the second account
// of who gets what (EventFacts).
//
// Thread-compatible.
class SimRange {
 public:
  // What is left of a range.
  struct Cursor {
    SourceId source_id = 0;
    int64_t first = 0;
    int64_t last = 0;
  };
  struct Batch {
    ReplayEvents act;
    std::vector<Replay::Event> expected;
    std::optional<Cursor> next;  // Empty: that was all.
  };

  // All must outlive it. `revisions` are those of the registry, in order.
  SimRange(const std::vector<RegistryRevision>& revisions,
           const SimStore& store, const PublishedEvents& published)
      : revisions_(revisions), store_(store), published_(published) {}

  // Positions that the queue is past; empty: there are none.
  std::optional<Cursor> Draw(AppserviceUid uid, Chance& chance) const;
  // What one segment has of it.
  Batch Next(AppserviceUid uid, const Cursor& from) const;

 private:
  const RegistryRevision& in_force() const {
    return revisions_[static_cast<size_t>(store_.tables().applied_revision -
                                          1)];
  }
  // The event's, but in its room as that is now.
  EventFacts FactsNow(SourceId source_id, const SourceRecord& record) const;

  const std::vector<RegistryRevision>& revisions_;
  const SimStore& store_;
  const PublishedEvents& published_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_RANGE_H_
