#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_MERGED_HITS_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_MERGED_HITS_H_

#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/namespaces/namespace_index.h"

namespace causeway::namespaces {

// What IDs hit that several patterns match, each list once: many IDs have the
// same. Kept for as long as this lives, so there is a bound.
//
// Thread-safe. Never waits: while another thread is in here, there is no room.
class MergedHits {
 public:
  // Of all lists together.
  static constexpr size_t kHitsMax = 65536;

  // The same list, kept. Null if there is no room.
  const std::vector<NamespaceHit>* Keep(const std::vector<NamespaceHit>& hits);

 private:
  absl::Mutex mu_;
  absl::node_hash_set<std::vector<NamespaceHit>> lists_ ABSL_GUARDED_BY(mu_);
  size_t hit_count_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_MERGED_HITS_H_
