#ifndef CAUSEWAY_TESTS_SIMULATION_RECORDED_LOG_H_
#define CAUSEWAY_TESTS_SIMULATION_RECORDED_LOG_H_

#include <cstdint>
#include <istream>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/simulation/history.h"
#include "tests/simulation/record_rules.h"

namespace causeway::push::simulation {

// A run of real processes, as a History. What can't be known from outside of
// them (commits, leases, acts) is empty there.
struct RecordedLog {
  History history;
  // Different ones, by application service (AS) and ID.
  int64_t transaction_count = 0;
  // P4: events that were sent to an AS and are none of its own. The promises
  // are checked against the others.
  std::vector<Violation> strangers;
};

// Reads JSON lines, an object each, of three kinds, in this order:
//
//   {"kind": "appservice", "name": "irc", "remembers": "last"}
//     an AS. "all": it recognises every transaction ID that it took;
//     "last": only the last one.
//   {"kind": "published", "event_id": "$a", "concerns": ["irc"]}
//     an event, in the order of the source that published it; there is one.
//   {"kind": "request", "appservice": "irc", "txn_id": "n-1", "sha256": "ab12",
//    "event_ids": ["$a"], "taken": "yes", "at_ms": 1200}
//     a PUT that reached an AS, in the order of arrival there: the hash of its
//     body, the events in it; "yes": the AS took it, "known": it had it
//     already, "no": it refused or dropped it; milliseconds since any moment.
//
// Other fields don't matter. INVALID_ARGUMENT names the line.
absl::StatusOr<RecordedLog> ReadRecordedLog(std::istream& lines);

// Of the strangers and of CheckPromises().
std::vector<Violation> CheckRecordedLog(const RecordedLog& log);

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_RECORDED_LOG_H_
