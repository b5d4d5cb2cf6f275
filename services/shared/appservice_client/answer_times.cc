#include "services/shared/appservice_client/answer_times.h"

#include <algorithm>

#include "services/shared/appservice_client/route_memory.h"

namespace causeway::appservice_client {

Pace AnswerTimes::Of(absl::string_view appservice_uid) const {
  const auto last = last_.find(appservice_uid);
  if (last == last_.end()) return Pace::kUnknown;
  const auto& times = last->second.times;
  return *std::min_element(times.begin(), times.end()) < slow_from_
             ? Pace::kQuick
             : Pace::kSlow;
}

void AnswerTimes::Note(absl::string_view appservice_uid, absl::Duration took) {
  auto last = last_.find(appservice_uid);
  if (last == last_.end()) {
    if (last_.size() == kRememberedMax) last_.erase(last_.begin());
    last = last_.emplace(appservice_uid, Last{}).first;
    last->second.times.fill(absl::InfiniteDuration());
  }
  last->second.times[last->second.next++ % kLastCount] = took;
}

}  // namespace causeway::appservice_client
