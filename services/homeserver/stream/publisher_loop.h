#ifndef CAUSEWAY_SERVICES_HOMESERVER_STREAM_PUBLISHER_LOOP_H_
#define CAUSEWAY_SERVICES_HOMESERVER_STREAM_PUBLISHER_LOOP_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/stream/stream_metrics.h"
#include "services/homeserver/stream/stream_publisher.h"

namespace causeway::homeserver {

// The thread that steps a StreamPublisher: at once when woken, else every
// `poll_interval`, so that what another replica wrote is found too.
//
// Thread-safe.
class PublisherLoop {
 public:
  struct Options {
    absl::Duration poll_interval = absl::Milliseconds(200);
    // After failures the wait doubles from the poll interval up to this.
    absl::Duration retry_wait_max = absl::Seconds(1);
    absl::Duration diverged_wait = absl::Seconds(10);
  };

  // `publisher` and `metrics` must outlive the loop.
  PublisherLoop(Options options, StreamPublisher& publisher,
                StreamMetrics& metrics);
  // Stops, after the step under way.
  ~PublisherLoop();
  PublisherLoop(const PublisherLoop&) = delete;
  PublisherLoop& operator=(const PublisherLoop&) = delete;

  // Once the stream's tables are there. Not to be called twice.
  void Start();

  // Something has been committed to the stream. Returns at once.
  void Wake() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // False: stop.
  bool WaitFor(absl::Duration wait, bool until_woken) ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  StreamPublisher& publisher_;
  StreamMetrics& metrics_;
  absl::Mutex mu_;
  bool woken_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_STREAM_PUBLISHER_LOOP_H_
