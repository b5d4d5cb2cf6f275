#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_EPHEMERAL_BUFFER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_EPHEMERAL_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "services/push_dispatcher/core/ephemeral_item.h"

namespace causeway::push {

// What waits of one queue, and nowhere else.
inline constexpr int64_t kEphemeralPendingBytesMax = 64 << 10;
inline constexpr size_t kEphemeralPendingItemsMax = 1000;
// Of one transaction.
inline constexpr size_t kEphemeralBatchItemsMax = 100;

// How items have ended, and how many there were.
struct EphemeralCounts {
  int64_t queued = 0;
  int64_t coalesced = 0;  // A later one took the place.
  int64_t dropped = 0;
  int64_t rode_along = 0;  // Sealed in a transaction with events.
  int64_t sent_alone = 0;

  bool operator==(const EphemeralCounts&) const = default;
};

// The ephemeral data that waits to be sent to one application service: of each
// thing only the last word, the oldest dropped first when there is too much.
// What is taken stays until it is known to be of use.
//
// Thread-compatible.
class EphemeralBuffer {
 public:
  struct Batch {
    std::string events;  // Separated by commas. Empty: there is nothing.
    int64_t last = 0;    // For Remove().
  };

  void Add(std::shared_ptr<const EphemeralItem> item);
  // Counts what isn't even added.
  void Refuse(size_t item_count);

  // Of the oldest as many as fit into `bytes_max`, 100 at most. What would fit
  // into none is dropped.
  Batch Oldest(int64_t bytes_max);
  // Those of that batch, but for what was replaced since. `fate` is counted up.
  void Remove(int64_t last, int64_t EphemeralCounts::*fate);
  void Clear();

  bool empty() const { return by_age_.empty(); }
  int64_t bytes() const { return bytes_; }
  const EphemeralCounts& counts() const { return counts_; }

 private:
  using ByAge = std::map<int64_t, std::shared_ptr<const EphemeralItem>>;

  void Erase(ByAge::iterator item, int64_t EphemeralCounts::*fate);

  ByAge by_age_;
  absl::flat_hash_map<std::string, int64_t> ages_;  // By key.
  int64_t last_age_ = 0;
  int64_t bytes_ = 0;
  EphemeralCounts counts_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_EPHEMERAL_BUFFER_H_
