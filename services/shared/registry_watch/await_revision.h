#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_AWAIT_REVISION_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_AWAIT_REVISION_H_

#include <boost/asio/awaitable.hpp>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::registry_watch {

// Waits, without holding a thread, until `latest` has `revision` or a later
// one. DEADLINE_EXCEEDED after `timeout`. `latest` must outlive the coroutine.
boost::asio::awaitable<absl::Status> AwaitRevision(LatestSnapshot& latest,
                                                   int64_t revision,
                                                   absl::Duration timeout);

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_AWAIT_REVISION_H_
