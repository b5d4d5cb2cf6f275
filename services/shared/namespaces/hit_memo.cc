#include "services/shared/namespaces/hit_memo.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::namespaces {
namespace {

// The lower part of a head is the tag, the upper the version. That takes 2^48
// writes to come again, so who reads can't miss them.
constexpr int kTagBits = 16;
constexpr uint64_t kTagMask = (uint64_t{1} << kTagBits) - 1;
constexpr uint64_t kOneVersion = uint64_t{1} << kTagBits;

}  // namespace

HitMemo::Key::Key(NamespaceKind kind, absl::string_view id)
    : word_count((id.size() + sizeof(uint64_t) - 1) / sizeof(uint64_t)),
      tag((static_cast<uint64_t>(kind) + 1) << 8 | id.size()),
      hash(absl::HashOf(tag, id)) {
  std::memcpy(words.data(), id.data(), id.size());
}

HitMemo::HitMemo(size_t ids_max)
    : set_count_(std::bit_ceil((ids_max + kPlaces - 1) / kPlaces)) {}

HitMemo::~HitMemo() { delete[] sets_.load(std::memory_order_relaxed); }

const std::vector<NamespaceHit>* HitMemo::Find(NamespaceKind kind,
                                               absl::string_view id) const {
  const Set* const sets = sets_.load(std::memory_order_acquire);
  if (sets == nullptr || id.size() > kIdBytesMax) return nullptr;
  const Key key(kind, id);
  for (const Slot& slot : sets[key.hash & (set_count_ - 1)].slots) {
    if (const auto* hits = Read(slot, key); hits != nullptr) return hits;
  }
  return nullptr;
}

// Each load acquires: whoever has seen a word of a later write sees that
// write's version at the end, too.
const std::vector<NamespaceHit>* HitMemo::Read(const Slot& slot,
                                               const Key& key) {
  const uint64_t head = slot.head.load(std::memory_order_acquire);
  if ((head & kTagMask) != key.tag) return nullptr;
  for (size_t i = 0; i < key.word_count; ++i) {
    if (slot.words[i].load(std::memory_order_acquire) != key.words[i]) {
      return nullptr;
    }
  }
  const auto* hits = slot.hits.load(std::memory_order_acquire);
  return slot.head.load(std::memory_order_relaxed) == head ? hits : nullptr;
}

void HitMemo::Insert(NamespaceKind kind, absl::string_view id,
                     const std::vector<NamespaceHit>& hits) {
  if (id.size() > kIdBytesMax) return;
  Set* sets = sets_.load(std::memory_order_acquire);
  if (sets == nullptr) {
    auto made = std::make_unique<Set[]>(set_count_);
    if (sets_.compare_exchange_strong(sets, made.get(),
                                      std::memory_order_acq_rel)) {
      sets = made.release();
    }  // Else somebody was faster, and `sets` is theirs.
  }
  const Key key(kind, id);
  Set& set = sets[key.hash & (set_count_ - 1)];
  // The one that was written less often: first those that are free, then in
  // turn.
  Slot* slot = std::min_element(
      set.slots.begin(), set.slots.end(), [](const Slot& a, const Slot& b) {
        return a.head.load(std::memory_order_relaxed) <
               b.head.load(std::memory_order_relaxed);
      });
  uint64_t head = slot->head.load(std::memory_order_relaxed);
  const bool is_being_written = head != 0 && (head & kTagMask) == 0;
  const uint64_t writing = (head & ~kTagMask) + kOneVersion;
  if (is_being_written || !slot->head.compare_exchange_strong(
                              head, writing, std::memory_order_acq_rel)) {
    return;
  }
  for (size_t i = 0; i < key.word_count; ++i) {
    slot->words[i].store(key.words[i], std::memory_order_release);
  }
  slot->hits.store(&hits, std::memory_order_release);
  slot->head.store(writing | key.tag, std::memory_order_release);
}

}  // namespace causeway::namespaces
