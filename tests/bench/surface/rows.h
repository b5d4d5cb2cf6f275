// What can be measured. Each function prints a JSON object a line on stdout for
// each sample that it takes (../shared/sample_line.h).
#ifndef CAUSEWAY_TESTS_BENCH_SURFACE_ROWS_H_
#define CAUSEWAY_TESTS_BENCH_SURFACE_ROWS_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/bench/shared/runs.h"
#include "tests/bench/surface/site.h"

namespace causeway::bench {

// 50 users of the bridge send as fast as they can, each its next message when
// the last one is answered. Then all have to reach the bridge.
void MeasureSend(Site& site, Runs runs);

// A person sends 50 messages a second to a room of the bridge. From sending the
// PUT to having received the bridge's.
void MeasureToBridge(Site& site, Runs runs);

// 5,000 users wait in /sync, 20 in each room. Every 100 ms somebody says
// something: the 20 of that room are answered, from sending the message to each
// answer, and nobody else. Then, with all waiting again, what of memory the
// processes of `pids`, pairs of a name and an ID, have resident.
// `set_presence`: see IdleSyncs.
void MeasureSync(Site& site, Runs runs, const std::string& set_presence,
                 const std::vector<std::pair<std::string, int>>& pids);

// 8 at a time, rooms as bridges make them: alias, name, topic, initial state,
// power levels, an invited person.
void MeasureCreateRoom(Site& site, Runs runs);

// The limits.

// GET /_matrix/client/versions through the gateway, 50 at a time: what its HTTP
// server and this client reach when nothing is to be done.
void MeasureVersions(Site& site, Runs runs);

// Commits of one row each, one after the other, in the database at `conninfo`.
void MeasureCommits(const std::string& conninfo, Runs runs);

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SURFACE_ROWS_H_
