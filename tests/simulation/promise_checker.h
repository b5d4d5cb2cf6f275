#ifndef CAUSEWAY_TESTS_SIMULATION_PROMISE_CHECKER_H_
#define CAUSEWAY_TESTS_SIMULATION_PROMISE_CHECKER_H_

#include <vector>

#include "tests/simulation/history.h"
#include "tests/simulation/record_rules.h"

namespace causeway::push::simulation {

// What of push's promises doesn't hold in `history`, whose end is quiet: no
// faults for long, nothing under way.
//
//   P1  All that sources have is taken over in the end. What Publish has
//       acknowledged is committed by then, stays, and has been offered to
//       everybody whom it interests, unless an act says otherwise; so is what
//       an operator queues again. A restore may undo what came in an upstream
//       homeserver's transactions, or was replayed: nobody sends that again;
//       nor what its source, too, has lost.
//   P2  Events of a source are first offered to an application service (AS) in
//       their order; those of a history that was left before what came of the
//       other.
//   P3  A transaction ID means the same bytes to an AS for ever, and was sealed
//       before it was sent; or it has no events, and is sent but once. Events
//       and to-device messages stand where they belong.
//   P4  What an AS takes is for it, each event once (and once more for each
//       replay that is on record), in order: nothing is missing or
//       repeated but by an act, by a source on record that tells another
//       history (once, what both have), by a repeat that can't be helped (an
//       attempt that arrives late, an owner that couldn't know), or by a
//       restore. To an AS that remembers the last ID only, the next transaction
//       is sent when the last is known to be settled; no process has two
//       requests under way for one AS (hard case 1).
//   P5  What is held for one AS is bounded; one that hangs delays nobody. What
//       is done with isn't stored for long. Replicas come to have as many
//       queues as each other, and no queue goes to and fro.
//   P6  Whatever was given up or replayed is on record, and what operators say
//       is done.
std::vector<Violation> CheckPromises(const History& history);

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_PROMISE_CHECKER_H_
