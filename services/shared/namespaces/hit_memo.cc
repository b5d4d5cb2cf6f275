#include "services/shared/namespaces/hit_memo.h"

#include <cstddef>
#include <string>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::namespaces {
namespace {

// Longer ones are no IDs and would make the memo's size unbounded.
constexpr size_t kIdBytesMax = 255;

size_t Hash(NamespaceKind kind, absl::string_view id) {
  return absl::HashOf(static_cast<int>(kind), id);
}

}  // namespace

HitMemo::HitMemo(size_t ids_max)
    : slots_per_shard_((ids_max + kShardCount - 1) / kShardCount) {}

NamespaceHits HitMemo::Find(NamespaceKind kind, absl::string_view id) {
  const size_t hash = Hash(kind, id);
  Shard& shard = shards_[hash % kShardCount];
  NamespaceHits hits;
  if (!shard.mu.TryLock()) return hits;
  if (!shard.slots.empty()) {
    const Slot& slot = shard.slots[hash / kShardCount % slots_per_shard_];
    if (slot.hits != nullptr && slot.kind == kind && slot.id == id) {
      hits = slot.hits;
    }
  }
  shard.mu.Unlock();
  return hits;
}

void HitMemo::Insert(NamespaceKind kind, absl::string_view id,
                     const NamespaceHits& hits) {
  if (id.size() > kIdBytesMax) return;
  const size_t hash = Hash(kind, id);
  Shard& shard = shards_[hash % kShardCount];
  if (!shard.mu.TryLock()) return;
  if (shard.slots.empty()) shard.slots.resize(slots_per_shard_);
  Slot& slot = shard.slots[hash / kShardCount % slots_per_shard_];
  slot.kind = kind;
  slot.id.assign(id.data(), id.size());
  slot.hits = hits;
  shard.mu.Unlock();
}

}  // namespace causeway::namespaces
