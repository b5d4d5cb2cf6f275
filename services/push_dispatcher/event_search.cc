#include "services/push_dispatcher/event_search.h"

#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/event_view.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

// What is in memory at a time.
constexpr int32_t kPageSegmentsMax = 200;
constexpr int64_t kPageBytesMax = 16 << 20;

// The index of the event in `segment`.
std::optional<size_t> FindIn(const Segment& segment, absl::string_view event_id,
                             matrix::EventParser& parser) {
  for (size_t i = 0; i < segment.record_count(); ++i) {
    if (segment.record(i).empty()) continue;  // Nobody wants it.
    const auto view = parser.Parse(segment.record(i));
    if (view.ok() && view->event_id == event_id) return i;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<StoredEvent> FindStoredEvent(OperatorStore& store,
                                            absl::string_view event_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(const auto sources, store.ListSourceNames());
  matrix::EventParser parser;
  for (const auto& [source_id, source] : sources) {
    if (absl::StartsWith(source, kOwnSourcePrefix)) continue;
    int64_t before_position = kNewest;
    int64_t searched_bytes = 0;
    while (searched_bytes < kSearchedBytesMax) {
      CAUSEWAY_ASSIGN_OR_RETURN(
          const std::vector<StoredSegment> page,
          store.ListSegments(source_id, before_position, kPageSegmentsMax,
                             kPageBytesMax));
      if (page.empty()) break;
      before_position = page.back().first_position;
      for (const StoredSegment& stored : page) {
        searched_bytes += stored.encoded.raw_bytes;
        CAUSEWAY_ASSIGN_OR_RETURN(const Segment segment,
                                  Segment::Decode(stored.encoded));
        const std::optional<size_t> i = FindIn(segment, event_id, parser);
        if (!i.has_value()) continue;
        return StoredEvent{
            .source_id = source_id,
            .source = source,
            .position = stored.first_position + static_cast<int64_t>(*i),
            .json = std::string(segment.record(*i))};
      }
    }
  }
  return matrix::NotFound(absl::StrCat(
      "event ", matrix::Quote(event_id),
      " among those stored: nobody wanted it, or all who did are past it; it "
      "can be explained if the event itself is given"));
}

}  // namespace causeway::push
