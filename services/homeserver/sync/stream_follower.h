#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_STREAM_FOLLOWER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_STREAM_FOLLOWER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/room_history.h"

namespace causeway::homeserver {

// Tells those who wait for news that some has come. Its thread reads what was
// added to the stream, at once when this process wrote (Wake()), else every
// `poll_interval`, so that what another replica wrote is found as well: both
// ways lead through the same few lines.
//
// Thread-safe.
class StreamFollower {
 public:
  struct Options {
    absl::Duration poll_interval = absl::Milliseconds(250);
    size_t waiters_max = 10000;
  };

  // Starts. `history` must outlive the follower.
  StreamFollower(Options options, RoomHistory& history);
  ~StreamFollower();
  StreamFollower(const StreamFollower&) = delete;
  StreamFollower& operator=(const StreamFollower&) = delete;

  // This process has committed to the stream. Returns at once.
  void Wake() ABSL_LOCKS_EXCLUDED(mu_);

  // What somebody waits for: events of these rooms, or a change of the user's
  // own membership anywhere, after `position`.
  struct Interest {
    std::string user_id;
    std::vector<std::string> room_ids;
    int64_t position = 0;
  };

  // A call that is still to be made.
  using WaiterId = int64_t;

  // Calls `news` once, when there may be some, on the follower's thread or in
  // this one; it must return quickly. It may be called without any, and is when
  // draining. RESOURCE_EXHAUSTED when `waiters_max` wait already.
  absl::StatusOr<WaiterId> NotifyOnce(const Interest& interest,
                                      std::function<void()> news)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Afterwards `news` isn't called any more, unless it's being called now.
  void Forget(WaiterId waiter) ABSL_LOCKS_EXCLUDED(mu_);

  // From now on nobody waits: the process is to end.
  void Drain() ABSL_LOCKS_EXCLUDED(mu_);
  bool draining() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Waiter {
    Interest interest;
    std::function<void()> news;
  };
  using News = std::vector<std::function<void()>>;

  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // Begins at the stream's end: what came before is known to who asks. False
  // when the database is away.
  bool FindEnd() ABSL_LOCKS_EXCLUDED(mu_);
  // Reads on from there. False when there is no more, or as above.
  bool ReadOn() ABSL_LOCKS_EXCLUDED(mu_);
  absl::flat_hash_set<WaiterId> WaitersFor(
      const std::vector<RoomHistory::Touched>& touched) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeWaitersOf(const absl::flat_hash_set<WaiterId>& ids, News& news)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Remove(WaiterId waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  RoomHistory& history_;
  mutable absl::Mutex mu_;
  bool woken_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  int64_t position_ ABSL_GUARDED_BY(mu_) = 0;  // Read up to here.
  WaiterId next_waiter_ ABSL_GUARDED_BY(mu_) = 1;
  absl::flat_hash_map<WaiterId, Waiter> waiters_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, absl::flat_hash_set<WaiterId>> by_room_
      ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, absl::flat_hash_set<WaiterId>> by_user_
      ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_STREAM_FOLLOWER_H_
