#include "services/shared/server/uncaught_exception.h"

#include "absl/strings/str_cat.h"
#include "services/shared/server/logging.h"

namespace causeway::server {

absl::Status UncaughtException(const std::exception& exception,
                               const CallContext& call) {
  log::Error("a handler let an exception out",
             {{"what", exception.what()}, {"request_id", call.request_id}});
  return absl::InternalError(
      absl::StrCat("unexpected exception: ", exception.what()));
}

}  // namespace causeway::server
