// Recent look-ups of a NamespaceIndex and what they found.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_HIT_MEMO_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_HIT_MEMO_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/optimization.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::namespaces {

// A table in which each ID has two places, side by side, and pushes out what
// was in one of them. Nobody waits, and who reads writes nothing: a place is
// one line of the processor's cache and has a version, which is another one
// after each write, and no tag during it. Who has read something else than one
// whole entry knows it by these, and has found nothing.
//
// Thread-safe.
class HitMemo {
 public:
  // Longer IDs aren't remembered.
  static constexpr size_t kIdBytesMax = 48;

  // Remembers up to `ids_max` IDs, rounded up to a power of two, in 64 bytes
  // each.
  explicit HitMemo(size_t ids_max);
  ~HitMemo();
  HitMemo(const HitMemo&) = delete;
  HitMemo& operator=(const HitMemo&) = delete;

  // Null when it isn't known.
  const std::vector<NamespaceHit>* Find(NamespaceKind kind,
                                        absl::string_view id) const;

  // `hits` must outlive the memo. Does nothing if somebody else is writing
  // there.
  void Insert(NamespaceKind kind, absl::string_view id,
              const std::vector<NamespaceHit>& hits);

 private:
  static constexpr size_t kWords = kIdBytesMax / sizeof(uint64_t);
  static constexpr size_t kPlaces = 2;

  // An ID as it is compared: all of its bytes, and zeros.
  struct Key {
    Key(NamespaceKind kind, absl::string_view id);

    std::array<uint64_t, kWords> words = {};
    size_t word_count;  // The others are zeros.
    uint64_t tag;       // Kind and length; never 0.
    size_t hash;
  };
  struct alignas(ABSL_CACHELINE_SIZE) Slot {
    std::atomic<uint64_t> head = 0;  // Version and tag.
    std::atomic<const std::vector<NamespaceHit>*> hits = nullptr;
    std::array<std::atomic<uint64_t>, kWords> words = {};
  };
  struct Set {
    std::array<Slot, kPlaces> slots;
  };

  // What `slot` has for `key`, if it is that.
  static const std::vector<NamespaceHit>* Read(const Slot& slot,
                                               const Key& key);

  const size_t set_count_;  // A power of two.
  // None before the first Insert(): many a memo is hardly used.
  std::atomic<Set*> sets_ = nullptr;
};

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_HIT_MEMO_H_
