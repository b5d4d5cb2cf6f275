#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_CALL_CONTEXT_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_CALL_CONTEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace grpc {
class ServerContextBase;
}  // namespace grpc

namespace causeway::server {

// What one request carries through all services: a name, by which its log lines
// are found again in every process, and the time after which nobody waits for
// its answer. Handed on with each call to another service (PrepareContext).
struct CallContext {
  std::string request_id;
  absl::Time deadline;
};

// The gRPC metadata key of the request ID.
inline constexpr char kRequestIdKey[] = "x-request-id";
// A request ID from outside that is longer, or holds other characters than
// letters, digits and "-_.", is not taken: it goes into every log line.
inline constexpr int kRequestIdBytesMax = 128;
// The longest that a call may take, whatever its caller says; the deadline of
// calls that come without one. Longer than the longest long poll of /sync.
inline constexpr absl::Duration kCallDurationMax = absl::Minutes(5);

// A new request ID: 32 random hex digits.
std::string MakeRequestId();

// Whether `request_id` may be taken over from outside.
bool IsRequestId(absl::string_view request_id);

// The context of a call being served: request ID from its metadata, made up
// when absent or refused by IsRequestId(); deadline capped by kCallDurationMax.
CallContext MakeCallContext(const grpc::ServerContextBase& context);

// The context of work that nobody called for, such as a background loop: a new
// request ID, to be done within `duration` from now.
CallContext MakeCallContext(absl::Duration duration);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_CALL_CONTEXT_H_
