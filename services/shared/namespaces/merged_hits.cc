#include "services/shared/namespaces/merged_hits.h"

#include <vector>

#include "absl/synchronization/mutex.h"
#include "services/shared/namespaces/namespace_index.h"

namespace causeway::namespaces {

const std::vector<NamespaceHit>* MergedHits::Keep(
    const std::vector<NamespaceHit>& hits) {
  if (!mu_.TryLock()) return nullptr;
  const std::vector<NamespaceHit>* kept = nullptr;
  const auto found = lists_.find(hits);
  if (found != lists_.end()) {
    kept = &*found;
  } else if (hit_count_ + hits.size() <= kHitsMax) {
    hit_count_ += hits.size();
    kept = &*lists_.insert(hits).first;
  }
  mu_.Unlock();
  return kept;
}

}  // namespace causeway::namespaces
