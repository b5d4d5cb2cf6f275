#ifndef CAUSEWAY_TESTS_SIMULATION_RECORD_RULES_H_
#define CAUSEWAY_TESTS_SIMULATION_RECORD_RULES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/simulation/history.h"

namespace causeway::push::simulation {

struct Violation {
  std::string promise;  // "P1", ... "P6".
  std::string story;
};

// "at 3s ", for stories.
std::string At(absl::Duration time);

// What can be said of a history without following it event by event: no process
// has two requests under way for one application service; what ended a sealed
// transaction is true, and on record; what operators say is done.
std::vector<Violation> CheckRecords(const History& history);

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_RECORD_RULES_H_
