// What can be measured. Each function runs for `time` with `waiter_count`
// requests under way at any moment, each about another user, and gives what it
// took each of them.
#ifndef CAUSEWAY_TESTS_BENCH_QUERY_ROWS_H_
#define CAUSEWAY_TESTS_BENCH_QUERY_ROWS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace causeway::bench {

struct RoundTrips {
  std::vector<double> milliseconds;  // Of each.
  absl::Duration time;               // For all of them.
};

// Where the application service is, and its hs_token.
struct Asked {
  std::string url;
  std::string hs_token;
};

// QueryUser of the query_proxy at `address`: about users of the application
// service, or, to see what gRPC takes alone, about users of nobody.
enum class Whose { kAppservice, kNobody };
RoundTrips RunQueries(const std::string& address, Whose whose, int waiter_count,
                      absl::Duration time);

// The same, asked of its engine within this process: what query_proxy takes
// without gRPC.
RoundTrips RunEngine(const Asked& asked, int waiter_count, absl::Duration time);

// The same requests to the application service by libcurl alone: one thread,
// its multi interface over epoll, handles and connections used again.
RoundTrips RunBareCurl(const Asked& asked, int waiter_count,
                       absl::Duration time);

// A user that was not asked about before.
std::string NextUserId();

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_QUERY_ROWS_H_
