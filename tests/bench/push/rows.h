// What can be measured. Each function prints a JSON object a line on stdout for
// each sample that it takes (../shared/sample_line.h), and what it does on
// stderr.
#ifndef CAUSEWAY_TESTS_BENCH_PUSH_ROWS_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_ROWS_H_

#include <cstdint>
#include <string>

#include "tests/bench/push/site.h"
#include "tests/bench/shared/runs.h"

namespace causeway::bench {

// From Publish to acknowledged, everything at once. If
// `remembers_every_txn_id`, the application services' policy says so first;
// where there is no such policy yet, says that it is unavailable.
void MeasureThroughput(const Site::Options& site, Runs runs,
                       bool remembers_every_txn_id);

// The same for two sites, in turn, so that what else happens to the machine
// happens to both.
void CompareThroughput(const Site::Options& site, const Site::Options& base,
                       Runs runs);

// From sending Publish with one event to having received the PUT, for each
// event and application service, at `events_per_second`.
void MeasureLatency(const Site::Options& site, Runs runs,
                    int events_per_second);

// The same for two sites, in turn.
void CompareLatency(const Site::Options& site, const Site::Options& base,
                    Runs runs, int events_per_second);

// An application service is down while `event_count` events are published; then
// it is up, and an operator says so. From then to the last acknowledgement.
void MeasureCatchUp(const Site::Options& site, Runs runs, int64_t event_count);

// The limits: the same bytes, without Causeway.

// Events stored in the database at `conninfo`, `commit_events` in a commit that
// also moves a row on, as taking over a source's events must.
void MeasureStore(const std::string& conninfo, Runs runs, int commit_events);

// PUTs of transactions to the same sink by a bare libcurl client, one after the
// other over one connection.
void MeasurePut(Runs runs);

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_ROWS_H_
