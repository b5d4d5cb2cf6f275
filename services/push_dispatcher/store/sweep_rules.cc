#include "services/push_dispatcher/store/sweep_rules.h"

#include <algorithm>

namespace causeway::push {
namespace {

// A generation is never smaller than this part of all that is stored: so there
// are few of them, however much waits.
constexpr int64_t kStoredBytesPerGenerationBytes = 8;

// What is wanted of a generation is moved if it is less than this part of it.
constexpr int64_t kBytesPerMovedBytes = 4;

}  // namespace

bool IsFull(const SweepOptions& options, const Generation& newest,
            int64_t stored_bytes) {
  if (newest.empty) return false;
  return newest.bytes >=
             std::max(options.generation_bytes,
                      stored_bytes / kStoredBytesPerGenerationBytes) ||
         newest.age >= options.generation_age;
}

bool IsToBeDropped(const SweepOptions& options, const Generation& generation,
                   const WantedOfGeneration& wanted,
                   absl::Duration closed_for) {
  if (wanted.entry_count == 0) return true;
  return wanted.entry_count <= kMovedEntriesMax &&
         wanted.bytes * kBytesPerMovedBytes <
             std::max(options.generation_bytes, generation.bytes) &&
         closed_for >= options.patience;
}

}  // namespace causeway::push
