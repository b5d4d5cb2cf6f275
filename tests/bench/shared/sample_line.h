#ifndef CAUSEWAY_TESTS_BENCH_SHARED_SAMPLE_LINE_H_
#define CAUSEWAY_TESTS_BENCH_SHARED_SAMPLE_LINE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace causeway::bench {

using Values = std::vector<std::pair<std::string, double>>;

// Prints {"side":"row","events_per_second":110000,...} and flushes. `side` is
// "row", or "base" for what a row is compared with.
void PrintSample(absl::string_view side, const Values& values);

// Prints {"unavailable":"why"}: there is nothing to measure.
void PrintUnavailable(absl::string_view why);

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SHARED_SAMPLE_LINE_H_
