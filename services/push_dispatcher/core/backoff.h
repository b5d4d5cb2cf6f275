#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_BACKOFF_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_BACKOFF_H_

#include <cstdint>

#include "absl/time/time.h"

namespace causeway::push {

struct BackoffOptions {
  absl::Duration min = absl::Seconds(1);
  absl::Duration max = absl::Minutes(5);
};

// How long to wait after `failure_count` failures in a row (at least 1):
// anything from `min` up to a bound that starts at twice `min` and doubles with
// each failure up to `max`. `random` is in [0, 1). The whole range is used
// ("full jitter"), so that application services that failed together, because
// the machine that they share was restarted, don't come back together.
absl::Duration BackoffDelay(const BackoffOptions& options,
                            int64_t failure_count, double random);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_BACKOFF_H_
