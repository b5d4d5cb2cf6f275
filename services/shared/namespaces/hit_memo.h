// Recent look-ups of a NamespaceIndex and what they found.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_HIT_MEMO_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_HIT_MEMO_H_

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::namespaces {

// A table in which each ID has one place and pushes out what was there, cut in
// shards with a lock each. A shard that is locked is passed by, not waited for:
// looking up again costs less.
//
// Thread-safe.
class HitMemo {
 public:
  // Remembers up to `ids_max` IDs, a little more if they don't divide.
  explicit HitMemo(size_t ids_max);

  // Null when it isn't known.
  NamespaceHits Find(NamespaceKind kind, absl::string_view id);

  void Insert(NamespaceKind kind, absl::string_view id,
              const NamespaceHits& hits);

 private:
  static constexpr size_t kShardCount = 64;

  struct Slot {
    NamespaceKind kind = NamespaceKind::kUsers;
    std::string id;
    NamespaceHits hits;  // Null in an empty slot.
  };
  struct alignas(ABSL_CACHELINE_SIZE) Shard {
    absl::Mutex mu;
    // None before the first Insert(): many a memo is hardly used.
    std::vector<Slot> slots ABSL_GUARDED_BY(mu);
  };

  const size_t slots_per_shard_;
  std::array<Shard, kShardCount> shards_;
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_HIT_MEMO_H_
