#include "services/shared/server/uncaught_exception.h"

#include "absl/strings/str_cat.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/line_quota.h"
#include "services/shared/server/logging.h"

namespace causeway::server {
namespace {

// A fault may meet every request. That these fail is counted where they end.
constexpr int kLinesPerSecondMax = 10;

// Never destroyed: handlers may run while the process ends.
LineQuota& Quota() {
  static const auto* const clock = new RealClock;
  static auto* const quota = new LineQuota(kLinesPerSecondMax, *clock);
  return *quota;
}

}  // namespace

absl::Status UncaughtException(const std::exception& exception,
                               const CallContext& call) {
  if (Quota().Take()) {
    log::Error("a handler let an exception out",
               {{"what", exception.what()}, {"request_id", call.request_id}});
  }
  return absl::InternalError(
      absl::StrCat("unexpected exception: ", exception.what()));
}

}  // namespace causeway::server
