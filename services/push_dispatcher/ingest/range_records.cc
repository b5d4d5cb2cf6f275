#include "services/push_dispatcher/ingest/range_records.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "services/push_dispatcher/ingest/batch_builder.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {

absl::StatusOr<std::vector<RangeRecord>> RecordsInRange(
    const Segment& segment, int64_t segment_position, int64_t first,
    int64_t last, StoredRecordParser parse) {
  std::vector<RangeRecord> records;
  const int64_t end =
      segment_position + static_cast<int64_t>(segment.record_count());
  for (int64_t position = std::max(segment_position, first);
       position < end && position <= last; ++position) {
    const auto index = static_cast<size_t>(position - segment_position);
    const absl::string_view json = segment.record(index);
    if (json.empty()) continue;  // Nobody wanted it.
    CAUSEWAY_ASSIGN_OR_RETURN(PublishedRecord record,
                              parse(json, segment.is_to_device(index)));
    records.push_back({position, std::move(record)});
  }
  return records;
}

bool Concerns(const InterestRules& rules, RoomInterest::Handle appservice,
              SourceId source_id, const PublishedRecord& record,
              RoomCache& rooms) {
  if (record.kind == PublishedRecord::Kind::kToDevice) {
    const auto hits =
        rules.Match(InterestRules::Kind::kUsers, record.to_user_id);
    return rules.EphemeralQueueOf(appservice).has_value() &&
           std::any_of(hits->begin(), hits->end(), [&](const auto& hit) {
             return hit.registration == appservice;
           });
  }
  const auto interested =
      rooms.Find(source_id, record.room_id)->Match(ToRoutedEvent(record));
  return std::find(interested.begin(), interested.end(), appservice) !=
         interested.end();
}

}  // namespace causeway::push
