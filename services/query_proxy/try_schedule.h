#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_TRY_SCHEDULE_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_TRY_SCHEDULE_H_

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"

namespace causeway::query {

// When to try, how often, and for how long each time.
// Source: the draft, "Retry notes": try a few times, then time out.
struct TryOptions {
  int tries_max = 3;
  absl::Duration try_timeout = absl::Seconds(10);
  // Before the second try; four times as long before each later one. Spread
  // over half to one and a half of it, so that many don't come back as one.
  absl::Duration pause = absl::Milliseconds(200);
};

struct NextTry {
  bool give_up = false;
  absl::Duration pause;    // Wait this long,
  absl::Duration timeout;  // then allow the try this much.
};

// A try that gets less than this is not worth the application service's work.
inline constexpr absl::Duration kTryTimeoutMin = absl::Milliseconds(20);

// The next try after `tries_done`, with `remaining` left before the deadline.
NextTry PlanTry(const TryOptions& options, int tries_done,
                absl::Duration remaining, absl::BitGenRef random);

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_TRY_SCHEDULE_H_
