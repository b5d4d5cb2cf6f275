#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_RECORDING_SINK_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_RECORDING_SINK_H_

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/ephemeral/ephemeral_sink.h"

namespace causeway::homeserver {

// Remembers what application services would be told, for tests.
//
// Thread-safe.
class RecordingSink final : public EphemeralSink {
 public:
  void Publish(EphemeralEvent event) override ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    events_.push_back(std::move(event));
  }

  std::vector<EphemeralEvent> events() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return events_;
  }

 private:
  mutable absl::Mutex mu_;
  std::vector<EphemeralEvent> events_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_RECORDING_SINK_H_
