#include "services/push_dispatcher/delivery/small_cut_pace.h"

#include <algorithm>

namespace causeway::push {
namespace {

// Longer than any commit should take.
constexpr absl::Duration kSaturatedFor = absl::Milliseconds(250);

// Turns are given together, so that a thread isn't woken for each.
constexpr absl::Duration kTogether = absl::Milliseconds(5);

}  // namespace

SmallCutPace::SmallCutPace(int per_second_max)
    : interval_(per_second_max > 0 ? absl::Seconds(1) / per_second_max
                                   : absl::ZeroDuration()) {}

void SmallCutPace::TakenIn(bool saturated, absl::Duration now) {
  saturated_until_ = saturated ? now + kSaturatedFor : now;
}

bool SmallCutPace::Holds(absl::Duration now) const {
  return interval_ > absl::ZeroDuration() && now < saturated_until_;
}

std::optional<AppserviceUid> SmallCutPace::Next(absl::Duration now) {
  if (held_.empty()) return std::nullopt;
  if (Holds(now)) {
    if (now < turn_at_) return std::nullopt;
    // What wasn't used for long is lost.
    turn_at_ = std::max(turn_at_, now - 2 * kTogether) + interval_;
  }
  const AppserviceUid uid = held_.front();
  held_.pop_front();
  return uid;
}

absl::Duration SmallCutPace::UntilNext(absl::Duration now) const {
  if (held_.empty()) return absl::InfiniteDuration();
  return std::clamp(turn_at_ - now, kTogether,
                    std::max(kTogether, saturated_until_ - now));
}

}  // namespace causeway::push
