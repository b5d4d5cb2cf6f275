#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_UPSTREAM_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_UPSTREAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/push_dispatcher/ingest/publish_batch.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/history.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_rooms.h"
#include "tests/simulation/sim_source.h"

namespace causeway::push::simulation {

// A homeserver that sends transactions, as to an application service (hard case
// 7): each again and again until it is answered, and only then the next. When
// it doesn't know whether one was taken it may make that anew, with what has
// come since; and it may begin its IDs anew.
//
// Thread-compatible.
class SimUpstream {
 public:
  SimUpstream(int32_t stream, const Schedule& schedule, SimClock& clock,
              Coverage& coverage, History& history, SimSource::Publish publish);

  void Start();
  // No new events and no faults from now on.
  void Heal() { healthy_ = true; }
  bool Done() const { return sending_.empty() && waiting_.empty(); }

 private:
  using Records = std::vector<std::shared_ptr<const SourceRecord>>;

  void Generate();
  void SendNext();
  void Send();
  void Answered(int64_t call, const std::optional<PublishResult>& result);

  const int32_t stream_;
  const Schedule& schedule_;
  SimClock& clock_;
  Coverage& coverage_;
  History& history_;
  const SimSource::Publish publish_;

  SimRooms rooms_;
  int64_t last_number_ = 0;
  Records waiting_;
  Records sending_;
  int64_t txn_number_ = 0;
  int64_t call_ = 0;
  bool calling_ = false;
  bool healthy_ = false;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_UPSTREAM_H_
