// Which generations of stored events are opened and dropped (README.md,
// "Space"). Pure.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SWEEP_RULES_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SWEEP_RULES_H_

#include <cstdint>

#include "absl/time/time.h"
#include "services/push_dispatcher/store/operator_store.h"

namespace causeway::push {

struct Generation {
  int32_t id = 0;
  int64_t bytes = 0;   // Of all that is in it.
  bool empty = false;  // Nothing ever came into it.
  absl::Duration age;
};

// What queues still want of a generation.
struct WantedOfGeneration {
  int64_t entry_count = 0;
  int64_t bytes = 0;  // Means nothing if there are more than may be moved.
};

// Entries of one generation that may be moved, which bounds what it takes to
// find out whether there are more.
inline constexpr int64_t kMovedEntriesMax = 100000;

// Whether the generation that is written to is full, so that the next one is to
// be opened. `stored_bytes` are in all of them together.
bool IsFull(const SweepOptions& options, const Generation& newest,
            int64_t stored_bytes);

// Whether a closed generation, to which nothing is added any more, is to be
// dropped when what is wanted of it has been moved.
bool IsToBeDropped(const SweepOptions& options, const Generation& generation,
                   const WantedOfGeneration& wanted, absl::Duration closed_for);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SWEEP_RULES_H_
