#ifndef CAUSEWAY_SERVICES_SHARED_STATUS_ERRCODE_H_
#define CAUSEWAY_SERVICES_SHARED_STATUS_ERRCODE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace causeway {

// What an absl::Status carries besides code and message: the errcode of the
// Matrix error object, and how long the caller is asked to wait. Both are
// payloads, so that a status passes through any number of functions unchanged;
// services/shared/server/grpc_status.h takes them across a hop between
// services, services/shared/matrix/errors.h turns them into HTTP.
// Source: https://spec.matrix.org/v1.17/client-server-api/#standard-error-response

// Payload type URLs. Only the functions below and tests need them.
inline constexpr char kErrcodePayloadUrl[] = "causeway/errcode";
inline constexpr char kRetryAfterPayloadUrl[] = "causeway/retry_after_ms";

// Gives `status` the errcode, for example "M_EXCLUSIVE", in place of any that
// it had. Does nothing to an OK status, which can carry no payload.
void SetErrcode(absl::Status& status, absl::string_view errcode);

// The errcode that `status` carries; empty when it carries none.
std::string GetErrcode(const absl::Status& status);

// Asks the caller to try again no sooner than after `retry_after`, which is
// kept in whole milliseconds. Below zero means zero. Does nothing to OK.
void SetRetryAfter(absl::Status& status, absl::Duration retry_after);

// How long the caller is asked to wait; empty when `status` does not say.
std::optional<absl::Duration> GetRetryAfter(const absl::Status& status);

}  // namespace causeway

#endif  // CAUSEWAY_SERVICES_SHARED_STATUS_ERRCODE_H_
