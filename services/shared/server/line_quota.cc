#include "services/shared/server/line_quota.h"

namespace causeway::server {

LineQuota::LineQuota(int lines_per_second_max, const Clock& clock)
    : lines_per_second_max_(lines_per_second_max), clock_(clock) {}

bool LineQuota::Take() {
  const absl::Duration now = clock_.MonotonicNow();
  absl::MutexLock lock(&mu_);
  if (now - second_start_ >= absl::Seconds(1)) {
    second_start_ = now;
    line_count_ = 0;
  }
  if (line_count_ >= lines_per_second_max_) return false;
  ++line_count_;
  return true;
}

}  // namespace causeway::server
