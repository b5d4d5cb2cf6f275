#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_EPHEMERAL_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_EPHEMERAL_H_

#include <cstdint>

#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_registry.h"

namespace causeway::push::simulation {

// People who type, and who are there: what of it reaches one queue.
//
// Thread-compatible.
class SimEphemeral {
 public:
  struct Told {
    AppserviceUid uid = 0;  // 0: it concerns nobody who wants it.
    EphemeralQueued event;
  };

  explicit SimEphemeral(SimClock& clock) : clock_(clock) {}

  Told Draw(const RegistryRevision& registry);

 private:
  SimClock& clock_;
  int64_t count_ = 0;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_EPHEMERAL_H_
