#include "services/push_dispatcher/delivery/cut_transaction.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

std::vector<SegmentKey> MissingOf(absl::Span<const QueueEntry> entries,
                                  int64_t events_expected,
                                  FindSegment find_segment) {
  std::vector<SegmentKey> missing;
  int64_t bytes = 0;
  for (const QueueEntry& entry : entries) {
    bytes += entry.segment_raw_bytes;
    if (!missing.empty() && (bytes > kFetchBytesMax || events_expected <= 0)) {
      break;
    }
    events_expected -= entry.events.count();
    if (find_segment(entry.segment) == nullptr) {
      missing.push_back(entry.segment);
    }
  }
  return missing;
}

}  // namespace

absl::StatusOr<CutResult> CutTransaction(absl::Span<const QueueEntry> entries,
                                         const CutBounds& bounds,
                                         FindSegment find_segment) {
  Cut cut;
  TransactionBody body(bounds.limits);
  for (size_t i = 0; i < entries.size() && !cut.full; ++i) {
    const QueueEntry& entry = entries[i];
    const int64_t skipped = bounds.after + 1 - entry.segment.first_position;
    std::optional<size_t> index =
        entry.events.Next(skipped > 0 ? static_cast<size_t>(skipped) : 0);
    if (!index.has_value() ||
        entry.position(*index) > bounds.last_position_max) {
      continue;
    }
    if (body.event_count() > 0 &&
        (entry.publish_time < bounds.expired_before) !=
            (cut.publish_time < bounds.expired_before)) {
      cut.full = true;
      break;
    }
    const std::shared_ptr<const Segment> segment = find_segment(entry.segment);
    if (segment == nullptr) {
      return CutResult{
          .cut = std::nullopt,
          .missing = MissingOf(entries.subspan(i),
                               bounds.limits.events_max - body.event_count(),
                               find_segment)};
    }
    for (; index.has_value() &&
           entry.position(*index) <= bounds.last_position_max;
         index = entry.events.Next(*index + 1)) {
      if (*index >= segment->record_count() ||
          segment->record(*index).empty()) {
        return absl::DataLossError("a segment lacks an event of a queue");
      }
      const absl::string_view record = segment->record(*index);
      if (!(segment->is_to_device(*index) ? body.AddToDevice(record)
                                          : body.Add(record))) {
        cut.full = true;
        break;
      }
      cut.last_position = entry.position(*index);
      cut.publish_time = entry.publish_time;
    }
  }
  if (body.event_count() == 0) return CutResult{};
  cut.source_id = entries[0].segment.source_id;
  cut.event_count = body.event_count();
  if (cut.event_count == bounds.limits.events_max) cut.full = true;
  if (!bounds.ephemeral.empty() && body.AddEphemeral(bounds.ephemeral)) {
    cut.ephemeral = std::string(bounds.ephemeral);
  }
  cut.body_format = body.format();
  cut.body = body.Finish();
  cut.body_sha256 = matrix::Sha256(*cut.body);
  return CutResult{.cut = std::move(cut), .missing = {}};
}

}  // namespace causeway::push
