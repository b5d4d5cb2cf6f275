#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_BODY_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_BODY_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/simulation/history.h"

namespace causeway::push::simulation {

// Behind the name of a to-device message, so that it isn't taken for an event.
inline constexpr char kToDeviceMark[] = "d";

// What a simulated application service makes of a transaction: of the names in
// the bytes of what it holds, "STREAM:POSITION".
struct SimBody {
  // Events and to-device messages. What is out of order in one of the arrays is
  // so here; otherwise they are in the order of the stream.
  std::vector<StreamEvent> events;
  // The two arrays as they are.
  std::vector<StreamEvent> events_alone;
  std::vector<StreamEvent> messages;
  bool has_ephemeral = false;
  std::string flaw;  // See Put.
};

SimBody ParseSimBody(absl::string_view body);

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_BODY_H_
