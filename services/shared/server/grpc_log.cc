#include "services/shared/server/grpc_log.h"

#include <grpc/support/log.h>

#include "services/shared/server/logging.h"

namespace causeway::server {
namespace {

void WriteToLog(gpr_log_func_args* args) {
  switch (args->severity) {
    case GPR_LOG_SEVERITY_ERROR:
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
