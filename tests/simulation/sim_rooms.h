#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_ROOMS_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_ROOMS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "services/push_dispatcher/ingest/publish_batch.h"
#include "tests/simulation/chance.h"
#include "tests/simulation/history.h"
#include "tests/simulation/sim_registry.h"

namespace causeway::push::simulation {

// One step of a source's stream. The event's bytes name it: that is how an
// application service knows what it got.
struct SourceRecord {
  PublishedRecord published;
  EventFacts facts;
  StreamEvent event;
  std::string json;
};

// The rooms of one homeserver, and what happens in them.
//
// Thread-compatible.
class SimRooms {
 public:
  // Draws what happens next, and takes it in. Aliases come in control records,
  // of which `with_aliases` has none.
  std::shared_ptr<SourceRecord> Draw(const StreamEvent& event, Chance& chance,
                                     bool with_aliases);
  // Into the rooms, and what they were before into the record.
  void Enter(SourceRecord& record);

 private:
  struct Room {
    std::array<uint32_t, kAppserviceCount> users = {};  // Joined, as bits.
    uint32_t aliases = 0;
  };

  std::array<Room, kRoomCount> rooms_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_ROOMS_H_
