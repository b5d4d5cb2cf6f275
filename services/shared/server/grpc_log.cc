#include "services/shared/server/grpc_log.h"

#include <grpc/support/log.h>

#include "services/shared/clock/clock.h"
#include "services/shared/server/line_quota.h"
#include "services/shared/server/logging.h"

namespace causeway::server {
namespace {

// Whoever can connect can have handshakes fail, without a limit.
constexpr int kLinesPerSecondMax = 10;

// Never destroyed: gRPC's threads log to the end.
LineQuota& Quota() {
  static const auto* clock = new RealClock;
  static auto* quota = new LineQuota(kLinesPerSecondMax, *clock);
  return *quota;
}

void WriteToLog(gpr_log_func_args* args) {
  switch (args->severity) {
    case GPR_LOG_SEVERITY_ERROR:
      if (!Quota().Take()) return;
      log::Warning("gRPC reports an error", {{"report", args->message}});
      return;
    case GPR_LOG_SEVERITY_INFO:
    case GPR_LOG_SEVERITY_DEBUG:
      log::Debug("gRPC reports", {{"report", args->message}});
      return;
  }
}

}  // namespace

void RedirectGrpcLog() { gpr_set_log_function(WriteToLog); }

}  // namespace causeway::server
