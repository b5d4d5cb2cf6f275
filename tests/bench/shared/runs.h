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

// Measures two sides in turn, so that what else happens to the machine happens
// to both; each goes first as often as the other.
template <typename MeasureRow, typename MeasureBase>
void InTurn(const Runs& runs, MeasureRow measure_row,
            MeasureBase measure_base) {
  for (int i = 0; i < runs.count; ++i) {
    if (i % 2 == 0) measure_base();
    measure_row();
    if (i % 2 == 1) measure_base();
  }
}

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SHARED_RUNS_H_
