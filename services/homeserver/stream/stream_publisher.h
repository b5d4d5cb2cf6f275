#ifndef CAUSEWAY_SERVICES_HOMESERVER_STREAM_STREAM_PUBLISHER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_STREAM_STREAM_PUBLISHER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/stream/push_client.h"
#include "services/homeserver/stream/stream_source.h"
#include "services/shared/clock/clock.h"

namespace causeway::homeserver {

// Hands the homeserver's stream to push_dispatcher, one batch after the other.
//
// push_dispatcher alone knows how far it has come, and says so with every
// answer: nothing is kept here, so a crash between storing an event and
// publishing it loses nothing, and two replicas that both publish only repeat
// each other. Where both sides' histories differ (our database was restored
// from a backup), and still do at the next step, push_dispatcher is told to
// begin anew from the last place that both have come by
// (docs/adr/0013-incarnations-of-a-source.md). Only if there is none that it
// knows, or ours is a history that was left for another, nothing is sent: that
// is for an operator to decide.
//
// Step() is for one thread (PublisherLoop); the rest is thread-safe.
class StreamPublisher {
 public:
  struct Options {
    size_t records_max = 500;    // In a batch.
    size_t bytes_max = 4 << 20;  // Of event JSON in a batch.
    // While nothing is new: how often push_dispatcher is asked where it stands.
    // It may have lost something, its database having gone back to a backup.
    absl::Duration ask_interval = absl::Seconds(10);
  };

  enum class StepResult {
    kPublished,  // There may be more: step again at once.
    kIdle,       // The stream's end is reached.
    kFailed,     // Try again in a while.
    // The histories differ. Try again after some time in which whoever else
    // might publish to this source would have moved it.
    kDiverged,
  };

  struct Progress {
    int64_t published_records = 0;    // Since the start of this process.
    int64_t unpublished_records = 0;  // As of the last step.
    // Age of the oldest record that isn't published; zero when all are.
    absl::Duration lag;
  };

  // The arguments must outlive the publisher.
  StreamPublisher(Options options, StreamSource& source, PushClient& push,
                  const Clock& clock);

  // Publishes the next batch, if there is one. Blocks.
  StepResult Step() ABSL_LOCKS_EXCLUDED(mu_);

  // OK, or why the last step failed. FAILED_PRECONDITION: the histories differ.
  absl::Status health() const ABSL_LOCKS_EXCLUDED(mu_);
  Progress progress() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // Asks push_dispatcher where it stands and finds that place in our stream.
  absl::Status FindPosition();
  absl::StatusOr<bool> HasPassed(const PushPosition& point);
  // Whether push_dispatcher, which stands at `push`, has our history. While it
  // is told again what it has delivered, where that ends lies ahead: who gave
  // it other events before there would have them taken for delivered.
  absl::StatusOr<bool> IsOurs(const PushPosition& push);
  // Our history isn't the one that push_dispatcher has at `push`. The second
  // time in a row, begins anew. Never OK but then.
  absl::Status NoteDivergence(const PushPosition& push);
  absl::Status StartOver();
  absl::StatusOr<StepResult> PublishNext();
  // Asks it, if that is due, and says whether it isn't where it was.
  bool PushHasMoved();
  void Remember(const absl::Status& health) ABSL_LOCKS_EXCLUDED(mu_);
  void UpdateLag(const StreamPage& unpublished) ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  StreamSource& source_;
  PushClient& push_;
  const Clock& clock_;

  // Step()'s thread only. Known until an answer surprises.
  bool position_known_ = false;
  int64_t next_position_ = 1;
  std::string prefix_sha256_;
  absl::Duration ask_at_;  // By the monotonic clock.
  // Its places are ours. In the first none lies ahead.
  int64_t checked_incarnation_ = 1;
  int64_t incarnation_ = 0;  // That push was in then.
  // Where the histories differed at the last step.
  std::optional<PushPosition> diverged_at_;

  mutable absl::Mutex mu_;
  absl::Status health_ ABSL_GUARDED_BY(mu_);
  Progress progress_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_STREAM_STREAM_PUBLISHER_H_
