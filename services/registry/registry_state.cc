#include "services/registry/registry_state.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace causeway::registry {

std::shared_ptr<const RegistryState> RegistryState::After(
    const Changes& changes) const {
  auto next =
      std::make_shared<RegistryState>(changes.whole ? RegistryState() : *this);
  next->revision_ = changes.revision;
  absl::flat_hash_set<int64_t> outdated;
  for (const Removal& removal : changes.removals) {
    outdated.insert(removal.uid);
    next->removals_.push_back(removal);
  }
  for (const Appservice& appservice : changes.updated) {
    outdated.insert(appservice.uid);
  }
  std::erase_if(next->by_revision_, [&outdated](const auto& appservice) {
    return outdated.contains(appservice->uid);
  });
  const auto first_updated = std::ssize(next->by_revision_);
  for (const Appservice& appservice : changes.updated) {
    next->by_revision_.push_back(std::make_shared<Appservice>(appservice));
  }
  std::sort(
      next->by_revision_.begin() + first_updated, next->by_revision_.end(),
      [](const auto& a, const auto& b) { return a->revision < b->revision; });
  std::vector<int64_t>& known = next->known_;
  known.insert(known.end(), changes.known.begin(), changes.known.end());
  if (std::ssize(known) > kRevisionsKept) {
    known.erase(known.begin(), known.end() - kRevisionsKept);
  }
  std::erase_if(next->removals_, [&known](const Removal& removal) {
    return known.empty() || removal.revision < known.front();
  });
  return next;
}

RegistryState::Difference RegistryState::Since(int64_t since) const {
  Difference difference;
  if (since == revision_ && since > 0) return difference;
  difference.reset = !std::binary_search(known_.begin(), known_.end(), since);
  if (difference.reset) since = 0;
  difference.updated.assign(
      std::upper_bound(by_revision_.begin(), by_revision_.end(), since,
                       [](int64_t revision, const auto& appservice) {
                         return revision < appservice->revision;
                       }),
      by_revision_.end());
  std::sort(difference.updated.begin(), difference.updated.end(),
            [](const auto& a, const auto& b) { return a->uid < b->uid; });
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
