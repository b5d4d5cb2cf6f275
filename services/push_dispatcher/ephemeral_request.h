#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_EPHEMERAL_REQUEST_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_EPHEMERAL_REQUEST_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/push/v1/push.pb.h"
#include "services/push_dispatcher/core/ephemeral_item.h"

namespace causeway::push {

// The contract's bounds (push.proto).
inline constexpr int kEphemeralEventsMax = 1000;
inline constexpr size_t kEphemeralEventBytesMax = 64 << 10;
inline constexpr size_t kEphemeralRequestBytesMax = 1 << 20;

// What PublishEphemeral brings. INVALID_ARGUMENT (M_INVALID_PARAM, M_BAD_JSON,
// M_NOT_JSON) names the index and the field, such as
// event_jsons[3]: field `content.user_ids`, and the bound or what is wrong.
absl::StatusOr<EphemeralItems> ParseEphemeralRequest(
    const v1::PublishEphemeralRequest& request);

// One event of it, whatever its size; its items are added to `items`. Errors as
// above, naming `field`.
absl::Status ParseEphemeralEvent(const std::string& event_json,
                                 absl::string_view field,
                                 EphemeralItems& items);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_EPHEMERAL_REQUEST_H_
