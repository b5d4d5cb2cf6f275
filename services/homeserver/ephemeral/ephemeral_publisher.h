#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_PUBLISHER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_PUBLISHER_H_

#include <cstddef>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/ephemeral/ephemeral_push_client.h"
#include "services/homeserver/ephemeral/ephemeral_sink.h"

namespace causeway::homeserver {

// Hands ephemeral events to push_dispatcher, on a thread and in calls of its
// own: the stream of events never waits for it. While a call is under way the
// next events gather, of each key the last; what finds no room, and what a call
// that failed had, is lost, as is all when the process ends.
//
// Thread-safe.
class EphemeralPublisher final : public EphemeralSink {
 public:
  struct Options {
    size_t waiting_max = 5000;
    // Of one call. push_dispatcher takes 1000, and 1 MiB.
    size_t events_max = 500;
    size_t bytes_max = 512 << 10;
    absl::Duration interval = absl::Milliseconds(50);  // Between two calls.
  };

  // Starts. `push` must outlive it.
  EphemeralPublisher(Options options, EphemeralPushClient& push);
  // Stops, after the call under way.
  ~EphemeralPublisher() override;
  EphemeralPublisher(const EphemeralPublisher&) = delete;
  EphemeralPublisher& operator=(const EphemeralPublisher&) = delete;

  void Publish(EphemeralEvent event) override ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // Waits for some. Empty: stop.
  std::vector<std::string> TakeNext() ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  EphemeralPushClient& push_;
  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::deque<std::string> keys_ ABSL_GUARDED_BY(mu_);  // In order of arrival.
  absl::flat_hash_map<std::string, std::string> json_by_key_
      ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_PUBLISHER_H_
