#ifndef CAUSEWAY_TESTS_BENCH_SHARED_RUNS_H_
#define CAUSEWAY_TESTS_BENCH_SHARED_RUNS_H_

#include "absl/time/time.h"

namespace causeway::bench {

// How often, how long, and how long nothing is done after each: what a run
// leaves behind is swept meanwhile, not while the next one is measured.
struct Runs {
  int count = 3;
  absl::Duration time = absl::Seconds(30);
  absl::Duration rest = absl::Seconds(6);
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SHARED_RUNS_H_
