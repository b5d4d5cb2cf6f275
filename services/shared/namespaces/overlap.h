// Whether two namespaces have an ID in common.
//
// Decided on the automata of both, side by side, without building their
// product: the search walks pairs of states and stops at the first ID that both
// accept, which is also the shortest. Its cost is bounded (kStatesMax,
// kStepsMax); above that the answer is kUndecided, which a caller must treat as
// a refusal that says so, not as either of the others.
//
// IDs are any strings of code points here: that an ID has a sigil and at most
// 255 bytes is not considered. So `bob` and `@?bob` overlap, in "bob".
//
// Pure. Thread-safe.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_OVERLAP_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_OVERLAP_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::namespaces {

// States of one automaton: a regex of 1024 bytes has about as many, unless it
// repeats by number.
inline constexpr size_t kStatesMax = 4096;
// Pairs of states looked at: tens of milliseconds at most.
inline constexpr size_t kStepsMax = 1000000;

struct Overlap {
  enum class Verdict { kDisjoint, kOverlaps, kUndecided };
  Verdict verdict = Verdict::kUndecided;
  // With kOverlaps: an ID that both match.
  std::string witness;
};

// INVALID_ARGUMENT as ParseRegex.
absl::StatusOr<Overlap> FindOverlap(absl::string_view regex_a,
                                    absl::string_view regex_b);

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_OVERLAP_H_
