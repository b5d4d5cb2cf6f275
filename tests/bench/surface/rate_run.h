#ifndef CAUSEWAY_TESTS_BENCH_SURFACE_RATE_RUN_H_
#define CAUSEWAY_TESTS_BENCH_SURFACE_RATE_RUN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/surface/event_loop.h"
#include "tests/bench/surface/http_client.h"

namespace causeway::bench {

// What came of it.
struct RateRun {
  int64_t answered = 0;
  double seconds = 0;  // From the first request to the last answer.
  std::vector<double> milliseconds;  // Of each request, ascending.

  double PerSecond() const { return static_cast<double>(answered) / seconds; }
};

// For `time`, each connection of `client` sends its next request, which
// `request` makes of the connection's number and a number of its own, as soon
// as the last one is answered. Ends the process unless every answer is a 200.
RateRun RunAtFullRate(EventLoop& loop, HttpClient& client, absl::Duration time,
                      const std::function<std::string(int, int64_t)>& request);

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SURFACE_RATE_RUN_H_
