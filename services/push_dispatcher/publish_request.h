#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUBLISH_REQUEST_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUBLISH_REQUEST_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/push/v1/push.pb.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/shared/matrix/event_view.h"

namespace causeway::push {

// The only parser of what sources publish. Each event is read once, here.
// INVALID_ARGUMENT (M_INVALID_PARAM, M_BAD_JSON, M_NOT_JSON) names the field,
// such as records[3].event_json, and the bound or what is wrong.
//
// The batch points to `request`, which must outlive it.
absl::StatusOr<PublishBatch> ParsePublishRequest(
    const v1::PublishRequest& request);

// One event as ParsePublishRequest() reads it; points to `event_json`.
absl::StatusOr<PublishedRecord> ParsePublishedEvent(
    absl::string_view event_json);

// The same of a to-device message, but for the hash of its record.
absl::StatusOr<PublishedRecord> ParsePublishedToDevice(
    absl::string_view to_device_json);

// An error about what `field` holds, naming the field.
absl::Status Prefixed(absl::string_view field, const absl::Status& status);
// The same of many: fills `record`, and returns the view that `parser` made.
// Errors name `field`.
absl::StatusOr<matrix::EventView> ReadPublishedEvent(
    absl::string_view event_json, absl::string_view field,
    matrix::EventParser& parser, PublishedRecord& record);

// 1 to kSourceNameBytesMax bytes without NUL, else INVALID_ARGUMENT.
absl::Status CheckSourceName(absl::string_view name, absl::string_view field);
// And none of the dispatcher's own.
absl::Status CheckPublishingSource(absl::string_view name);

// An ID that can be stored and looked up again. Whether it is a good one is for
// its source to judge: here it only has to match namespaces.
bool IsUsableId(absl::string_view id);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUBLISH_REQUEST_H_
