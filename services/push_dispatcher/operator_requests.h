// What operators ask for, checked. INVALID_ARGUMENT names field and bound.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_OPERATOR_REQUESTS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_OPERATOR_REQUESTS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/push/v1/push.pb.h"
#include "services/push_dispatcher/core/queue_settings.h"

namespace causeway::push {

absl::Status CheckAppserviceId(absl::string_view appservice_id);
absl::Status CheckEventId(absl::string_view event_id);
absl::Status CheckReason(absl::string_view reason);
absl::Status CheckTxnId(absl::string_view txn_id);

absl::StatusOr<QueueSettings> ParsePolicy(const v1::Policy& policy);

absl::StatusOr<int32_t> ParsePageSize(int32_t page_size);

// Tokens of lists in the order of text, or from the newest ID down. An empty
// one is the first page's: "" or kNewest.
std::string TextPageToken(absl::string_view last);
absl::StatusOr<std::string> ParseTextPageToken(absl::string_view token);
std::string IdPageToken(int64_t last_id);
absl::StatusOr<int64_t> ParseIdPageToken(absl::string_view token);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_OPERATOR_REQUESTS_H_
