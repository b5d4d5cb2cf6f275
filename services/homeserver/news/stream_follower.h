#ifndef CAUSEWAY_SERVICES_HOMESERVER_NEWS_STREAM_FOLLOWER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_NEWS_STREAM_FOLLOWER_H_

#include <cstdint>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/news/news_source.h"
#include "services/homeserver/news/news_waiters.h"

namespace causeway::homeserver {

// Tells those who wait what has been stored. Its thread reads what was added to
// the source, at once when this process wrote (Wake()), else every
// `poll_interval`, so that what another replica wrote is found as well: both
// ways lead through the same few lines.
//
// Thread-safe.
class StreamFollower {
 public:
  struct Options {
    absl::Duration poll_interval = absl::Milliseconds(250);
  };

  // Starts. `source` and `waiters` must outlive the follower.
  StreamFollower(Options options, NewsSource& source, NewsWaiters& waiters);
  ~StreamFollower();
  StreamFollower(const StreamFollower&) = delete;
  StreamFollower& operator=(const StreamFollower&) = delete;

  // This process has stored something. Returns at once.
  void Wake() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // Begins at the source's end: what came before is known to who asks.
  void FindEnd();
  // Reads on from there. False when there is no more, or the database is away.
  bool ReadOn();

  const Options options_;
  NewsSource& source_;
  NewsWaiters& waiters_;
  // The follower's thread only. Read up to here. Empty: not known yet.
  std::optional<int64_t> position_;
  absl::Mutex mu_;
  bool woken_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_NEWS_STREAM_FOLLOWER_H_
