#include "services/push_dispatcher/core/backoff.h"

#include <algorithm>

namespace causeway::push {

absl::Duration BackoffDelay(const BackoffOptions& options,
                            int64_t failure_count, double random) {
  // Beyond this `max` is long reached, whatever it is; a Duration saturates
  // anyway, but the shift would not.
  constexpr int64_t kDoublingsMax = 40;
  const int64_t doublings =
      std::clamp<int64_t>(failure_count, 1, kDoublingsMax);
  const absl::Duration bound =
      std::clamp(options.min * (int64_t{1} << doublings), options.min,
                 std::max(options.min, options.max));
  return options.min + random * (bound - options.min);
}

}  // namespace causeway::push
