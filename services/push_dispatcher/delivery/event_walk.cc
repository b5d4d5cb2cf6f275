#include "services/push_dispatcher/delivery/event_walk.h"

#include <optional>
#include <utility>
#include <vector>

#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

// Read at once, unless a single segment is larger.
constexpr int64_t kReadAheadBytesMax = 4 << 20;

}  // namespace

absl::Status EventWalk::Visit(absl::Span<const QueueEntry> entries,
                              int64_t after, int64_t events_expected,
                              Visitor visitor) {
  for (size_t i = 0; i < entries.size(); ++i) {
    const QueueEntry& entry = entries[i];
    CAUSEWAY_ASSIGN_OR_RETURN(const std::shared_ptr<const Segment> segment,
                              Get(entries.subspan(i), events_expected));
    const int64_t skipped = after + 1 - entry.segment.first_position;
    for (std::optional<size_t> index =
             entry.events.Next(skipped > 0 ? static_cast<size_t>(skipped) : 0);
         index.has_value(); index = entry.events.Next(*index + 1)) {
      if (*index >= segment->record_count() ||
          segment->record(*index).empty()) {
        return absl::DataLossError("a segment lacks an event of a queue");
      }
      if (!visitor(entry.position(*index), segment->record(*index))) {
        return absl::OkStatus();
      }
      --events_expected;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Segment>> EventWalk::Get(
    absl::Span<const QueueEntry> entries, int64_t events_expected) {
  std::shared_ptr<const Segment> first = cache_.Find(entries[0].segment);
  if (first != nullptr) return first;

  std::vector<SegmentKey> keys;
  int64_t bytes = 0;
  for (const QueueEntry& entry : entries) {
    bytes += entry.segment_raw_bytes;
    if (!keys.empty() && (bytes > kReadAheadBytesMax || events_expected <= 0)) {
      break;
    }
    events_expected -= entry.events.count();
    if (cache_.Find(entry.segment) == nullptr) keys.push_back(entry.segment);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<EncodedSegment> encoded,
                            store_.ReadSegments(keys));
  for (size_t i = 0; i < keys.size(); ++i) {
    CAUSEWAY_ASSIGN_OR_RETURN(Segment segment, Segment::Decode(encoded[i]));
    auto shared = std::make_shared<const Segment>(std::move(segment));
    if (i == 0) first = shared;
    cache_.Insert(keys[i], std::move(shared));
  }
  return first;
}

}  // namespace causeway::push
