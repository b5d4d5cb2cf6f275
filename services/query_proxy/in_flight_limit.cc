#include "services/query_proxy/in_flight_limit.h"

#include <algorithm>

namespace causeway::query {

std::optional<InFlightLimit::Admission> InFlightLimit::Admit(
    std::vector<std::string> appservice_uids) {
  absl::MutexLock lock(&mu_);
  const auto is_full =
      [this](const std::string& uid) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        const auto found = by_appservice_.find(uid);
        return found != by_appservice_.end() &&
               found->second >= options_.per_appservice_max;
      };
  if (count_ >= options_.all_max ||
      std::any_of(appservice_uids.begin(), appservice_uids.end(), is_full)) {
    return std::nullopt;
  }
  ++count_;
  for (const std::string& uid : appservice_uids) ++by_appservice_[uid];
  return Admission(*this, std::move(appservice_uids));
}

void InFlightLimit::Leave(const std::vector<std::string>& appservice_uids) {
  absl::MutexLock lock(&mu_);
  --count_;
  for (const std::string& uid : appservice_uids) {
    const auto found = by_appservice_.find(uid);
    if (--found->second == 0) by_appservice_.erase(found);
  }
}

}  // namespace causeway::query
