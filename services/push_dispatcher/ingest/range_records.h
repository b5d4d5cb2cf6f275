// What of a range of a source's positions is to be sent again to one
// application service (AS). Pure.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_RANGE_RECORDS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_RANGE_RECORDS_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/ingest/room_cache.h"

namespace causeway::push {

struct RangeRecord {
  int64_t position = 0;
  PublishedRecord record;  // An event or a to-device message.
};

// Reads a stored event, or to-device message, as it was read when it came.
using StoredRecordParser = absl::FunctionRef<absl::StatusOr<PublishedRecord>(
    absl::string_view json, bool is_to_device)>;

// What `segment`, which begins at `segment_position`, has from `first` to
// `last`, both included, in order. Fails as `parse` does. The records point to
// `segment`.
absl::StatusOr<std::vector<RangeRecord>> RecordsInRange(
    const Segment& segment, int64_t segment_position, int64_t first,
    int64_t last, StoredRecordParser parse);

// Whether `record`, which is no control record, concerns the AS by the rules as
// of now. `rooms` has the room of an event, as it is now.
bool Concerns(const InterestRules& rules, RoomInterest::Handle appservice,
              SourceId source_id, const PublishedRecord& record,
              RoomCache& rooms);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_RANGE_RECORDS_H_
