#include "services/registry/registry_state.h"

#include <algorithm>
#include <utility>

namespace causeway::registry {

std::shared_ptr<const RegistryState> RegistryState::After(
    const Changes& changes) const {
  auto next = std::make_shared<RegistryState>(*this);
  next->revision_ = changes.revision;
  for (const Removal& removal : changes.removals) {
    next->by_uid_.erase(removal.uid);
    next->removals_.push_back(removal);
  }
  for (const Appservice& appservice : changes.updated) {
    next->by_uid_[appservice.uid] = std::make_shared<Appservice>(appservice);
  }
  std::erase_if(next->removals_, [&next](const Removal& removal) {
    return removal.revision <= next->revision_ - kRevisionsKept;
  });
  return next;
}

RegistryState::Difference RegistryState::Since(int64_t since) const {
  Difference difference;
  if (since == revision_ && since > 0) return difference;
  difference.reset =
      since <= 0 || since > revision_ || since < revision_ - kRevisionsKept;
  if (difference.reset) since = 0;
  for (const auto& [uid, appservice] : by_uid_) {
    if (appservice->revision > since) difference.updated.push_back(appservice);
  }
  if (difference.reset) return difference;
  auto first = std::upper_bound(removals_.begin(), removals_.end(), since,
                                [](int64_t revision, const Removal& removal) {
                                  return revision < removal.revision;
                                });
  for (; first != removals_.end(); ++first) {
    difference.removed_uids.push_back(first->uid);
  }
  return difference;
}

}  // namespace causeway::registry
