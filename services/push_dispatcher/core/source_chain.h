// Whether a batch of a source's stream continues what is here already.
//
// Positions alone can't tell: a source restored from a backup gives the same
// positions to other events. So each position also has the hash of all that
// lies before it, as a chain:
//   hash(1) = 32 zero bytes
//   hash(n+1) = SHA-256(hash(n) || SHA-256(record n))
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_SOURCE_CHAIN_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_SOURCE_CHAIN_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace causeway::push {

// A place in a stream: a position and the hash of everything before it.
struct ChainPoint {
  int64_t position = 1;
  std::string prefix_sha256 = std::string(32, '\0');

  bool operator==(const ChainPoint&) const = default;
};

// The place after one more record.
ChainPoint NextPoint(const ChainPoint& point, absl::string_view record_sha256);

enum class ChainOutcome { kContinues, kGap, kDiverged };

struct ChainVerdict {
  ChainOutcome outcome = ChainOutcome::kContinues;
  // How many of the records, counted from the first, are here already.
  size_t known_count = 0;
  // With kContinues: where the stream ends with this batch. Where it ended
  // before when nothing is new.
  ChainPoint end = {};
};

// Judges records that begin at `begin`, by the SHA-256 of each. `end` is where
// the stream ends here; `known` are other points of it, in order of position:
// those passed that are still known, and one ahead that it is to come by. An
// old batch that doesn't end at a known point can't be told from another
// history: that is a gap too, and the source, sent on to `end`, shows there
// whose it is. To call it known would be to acknowledge what may never have
// been here.
ChainVerdict JudgeBatch(const ChainPoint& end,
                        absl::Span<const ChainPoint> known,
                        const ChainPoint& begin,
                        absl::Span<const std::string> record_sha256s);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_SOURCE_CHAIN_H_
