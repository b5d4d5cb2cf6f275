#ifndef CAUSEWAY_SERVICES_CTL_BRIDGE_LAG_H_
#define CAUSEWAY_SERVICES_CTL_BRIDGE_LAG_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "causeway/push/v1/push.pb.h"

namespace causeway::ctl {

// A bridge that is behind, and why.
struct BridgeLag {
  std::string appservice_id;
  std::string state;                          // As `queue list` tells it.
  absl::Duration age = absl::ZeroDuration();  // Of what waits longest.
  int64_t queued_events = 0;
  std::string why;
};

// What is on its way for less than this isn't behind.
inline constexpr absl::Duration kLagMin = absl::Seconds(10);

// Empty when it is not behind. What has been refused and is tried again is, at
// once.
std::optional<BridgeLag> LagOf(const push::v1::Queue& queue, absl::Time now);

// "2h3m4s", without fractions.
std::string SecondsText(absl::Duration duration);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_BRIDGE_LAG_H_
