#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REGISTRY_WATCHER_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REGISTRY_WATCHER_H_

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/watch_metrics.h"

namespace grpc {
class ChannelInterface;
}  // namespace grpc

namespace causeway::registry_watch {

class WatchAssembler;
class WatchStream;

// Follows Registry.Watch and puts each revision into a LatestSnapshot. When the
// registry is away the last snapshot stays in force; the watcher tries again
// for ever, at least once a second, and asks only for what it has missed.
//
//   LatestSnapshot latest;
//   latest.Subscribe(...);
//   WatchMetrics metrics(process.metrics_registry());
//   RegistryWatcher watcher({.with_secrets = true},
//                           server::MakeChannel(absl::GetFlag(FLAGS_registry)),
//                           clock, latest, metrics);
//   process.AddReadinessCheck("registry", [&] { return CheckReady(latest); });
//
// Has a thread of its own, from which it sets snapshots, until it is destroyed.
class RegistryWatcher {
 public:
  struct Options {
    // Whether registrations come with hs_token_sealed: only for processes that
    // call application services.
    bool with_secrets = false;
    absl::Duration backoff_min = absl::Milliseconds(50);
    absl::Duration backoff_max = absl::Seconds(1);
    // A stream that has been silent for this long is given up and opened anew:
    // the registry sends something at least every 5 s.
    absl::Duration silence_max = absl::Seconds(15);
  };

  // Starts at once. `channel` leads to the registry. References must outlive
  // the watcher.
  RegistryWatcher(Options options,
                  const std::shared_ptr<grpc::ChannelInterface>& channel,
                  const Clock& clock, LatestSnapshot& latest,
                  WatchMetrics& metrics);
  ~RegistryWatcher();

  RegistryWatcher(const RegistryWatcher&) = delete;
  RegistryWatcher& operator=(const RegistryWatcher&) = delete;

 private:
  void Run(const std::shared_ptr<grpc::ChannelInterface>& channel)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Takes in what `stream` brings until it ends, and says why it did.
  // `followed` tells whether it brought a whole revision.
  absl::Status Follow(WatchStream& stream, WatchAssembler& assembler,
                      bool& followed);
  // From when it is given until it is given null, the destructor cancels it.
  void SetStream(WatchStream* stream) ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  const Clock& clock_;
  LatestSnapshot& latest_;
  WatchMetrics& metrics_;

  absl::Notification stop_;
  absl::Mutex mu_;
  WatchStream* stream_ ABSL_GUARDED_BY(mu_) = nullptr;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REGISTRY_WATCHER_H_
