#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_UNCAUGHT_EXCEPTION_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_UNCAUGHT_EXCEPTION_H_

#include <exception>

#include "absl/status/status.h"
#include "services/shared/server/call_context.h"

namespace causeway::server {

// The last line of defence: a handler's own code catches what its libraries
// throw, so that one let out is a fault of ours. It must not take the process
// and everybody else's calls with it. Logs it; what the call fails with
// (INTERNAL).
absl::Status UncaughtException(const std::exception& exception,
                               const CallContext& call);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_UNCAUGHT_EXCEPTION_H_
