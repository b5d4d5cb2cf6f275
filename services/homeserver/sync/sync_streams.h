#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_STREAMS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_STREAMS_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/sync/sync_stream.h"
#include "services/shared/server/executor.h"

namespace causeway::homeserver {

// All calls of SyncMany, to be ended together. There are as many as gateways.
//
// Thread-safe.
class SyncStreams {
 public:
  // As for SyncStream::Start().
  SyncStreams(SyncStream::Handler handler, server::Executor& executor);

  // Begins to serve one call.
  SyncStream* Open() ABSL_LOCKS_EXCLUDED(mu_);

  // From now on all end, those that come too, when their syncs have.
  void Drain() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  const SyncStream::Handler handler_;
  server::Executor& executor_;
  absl::Mutex mu_;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::weak_ptr<SyncStream>> streams_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_STREAMS_H_
