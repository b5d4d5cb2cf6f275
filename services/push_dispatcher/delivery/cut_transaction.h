#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_CUT_TRANSACTION_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_CUT_TRANSACTION_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/core/transaction_body.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {

// Of which events a transaction is to be made: of those behind `after`, the
// first ones up to a limit.
struct CutBounds {
  int64_t after = 0;  // A position of the entries' source.
  TransactionLimits limits;
  // Events published before and after this time don't go together.
  absl::Time expired_before = absl::InfinitePast();
  int64_t last_position_max = std::numeric_limits<int64_t>::max();
  // To ride along, if it fits in behind the events; see Cut::ephemeral.
  absl::string_view ephemeral = {};
};

struct CutResult {
  // Empty: there is no event behind `after`, or a segment is missing.
  std::optional<Cut> cut;
  // The segments that have to be at hand, and the next few that a transaction
  // of this size reaches into. Empty unless one was missing.
  std::vector<SegmentKey> missing;
};

// Of segments, fetched at once for one queue, unless a single one is larger.
inline constexpr int64_t kFetchBytesMax = 4 << 20;

// A segment that is at hand; null if it isn't.
using FindSegment =
    absl::FunctionRef<std::shared_ptr<const Segment>(const SegmentKey&)>;

// Cuts a transaction from `entries` of one queue and one source, in order.
// DATA_LOSS when a segment lacks an event that an entry names.
absl::StatusOr<CutResult> CutTransaction(absl::Span<const QueueEntry> entries,
                                         const CutBounds& bounds,
                                         FindSegment find_segment);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_CUT_TRANSACTION_H_
