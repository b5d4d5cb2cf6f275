#include "services/homeserver/sent_txns/sent_txns_loop.h"

#include <cstdint>

#include "absl/status/statusor.h"
#include "services/shared/server/logging.h"

namespace causeway::homeserver {

SentTxnsLoop::SentTxnsLoop(SentTxns& sent_txns, const Clock& clock,
                           absl::Duration interval)
    : sent_txns_(sent_txns),
      clock_(clock),
      interval_(interval),
      thread_([this] { Run(); }) {}

SentTxnsLoop::~SentTxnsLoop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

void SentTxnsLoop::Run() {
  for (;;) {
    {
      absl::MutexLock lock(&mu_);
      if (mu_.AwaitWithTimeout(absl::Condition(&stopping_), interval_)) return;
    }
    const absl::StatusOr<int64_t> dropped = sent_txns_.DropOlder(clock_.Now());
    if (!dropped.ok()) {
      log::Warning("old transaction IDs can't be dropped",
                   {{"error", dropped.status().ToString()}});
    }
  }
}

}  // namespace causeway::homeserver
