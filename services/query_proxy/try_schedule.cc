#include "services/query_proxy/try_schedule.h"

#include <algorithm>

#include "absl/random/distributions.h"

namespace causeway::query {

NextTry PlanTry(const TryOptions& options, int tries_done,
                absl::Duration remaining, absl::BitGenRef random) {
  NextTry next;
  if (tries_done > 0) {
    next.pause = options.pause * absl::Uniform(random, 0.5, 1.5);
    for (int i = 1; i < tries_done; ++i) next.pause *= 4;
  }
  next.timeout = std::min(options.try_timeout, remaining - next.pause);
  next.give_up =
      tries_done >= options.tries_max || next.timeout < kTryTimeoutMin;
  return next;
}

}  // namespace causeway::query
