#ifndef CAUSEWAY_SERVICES_CTL_QUEUE_RECORDS_H_
#define CAUSEWAY_SERVICES_CTL_QUEUE_RECORDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/push/v1/push.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/ctl/records.h"
#include "services/ctl/session.h"

namespace causeway::ctl {

// What is shown of a queue: in a list, and by itself.
Record QueueSummary(const push::v1::Queue& queue);
Record QueueDetails(const push::v1::Queue& queue);

// How the contract's values of OnExpiry end.
inline constexpr absl::string_view kExpirySuffix = "_EXPIRED";

// A name of the contract as operators write it: "block", "deliver".
std::string LowerCase(absl::string_view name);

// Null if it isn't there.
Record OptionalTime(bool present, const google::protobuf::Timestamp& time);

// All queues, by application service.
absl::StatusOr<std::vector<push::v1::Queue>> ListQueues(Session& session);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_QUEUE_RECORDS_H_
