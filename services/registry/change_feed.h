#ifndef CAUSEWAY_SERVICES_REGISTRY_CHANGE_FEED_H_
#define CAUSEWAY_SERVICES_REGISTRY_CHANGE_FEED_H_

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/registry/registry_metrics.h"
#include "services/registry/registry_state.h"
#include "services/registry/registry_store.h"

namespace causeway::registry {

// Keeps the present RegistryState of this replica, and tells those who follow
// it. Looks at the store when woken, since somebody here has changed something,
// and every `poll_interval`, since somebody elsewhere may have. When the
// database is away the last state stays.
//
// With the first look, and when the database has gone back to a backup, it
// makes a revision of its own: whoever has heard of one that is lost waits for
// one as late. Not in a database that is new: that may be the wrong one, and
// others had better keep what they have. Where it can't be written, as when the
// disk is full, what is read is told all the same, and the revision made later.
//
// Thread-safe. Start() makes a thread, which Stop() ends.
class ChangeFeed {
 public:
  struct Options {
    // Looking costs one read of one row.
    absl::Duration poll_interval = absl::Milliseconds(200);
  };

  // Called after each look, news or none, so at least every `poll_interval`,
  // and by Stop(). Returns quickly. False when it need not be called again.
  using Listener = std::function<bool()>;

  // `store` and `metrics` must outlive the feed.
  ChangeFeed(Options options, RegistryStore& store, RegistryMetrics& metrics);
  ~ChangeFeed();
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  // Begins to look. Once.
  void Start() ABSL_LOCKS_EXCLUDED(mu_);
  // Ends the feed, and with it all who follow it. May be repeated.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);
  bool stopped() const ABSL_LOCKS_EXCLUDED(mu_);

  // Look at once.
  void Wake() ABSL_LOCKS_EXCLUDED(mu_);

  // Null until the store has been read for the first time.
  std::shared_ptr<const RegistryState> state() const ABSL_LOCKS_EXCLUDED(mu_);

  void Subscribe(Listener listener) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Refresh() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status AdvanceRevision();
  void TellListeners() ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  RegistryStore& store_;
  RegistryMetrics& metrics_;
  mutable absl::Mutex mu_;
  std::shared_ptr<const RegistryState> state_ ABSL_GUARDED_BY(mu_);
  std::vector<std::shared_ptr<const Listener>> listeners_ ABSL_GUARDED_BY(mu_);
  bool woken_ ABSL_GUARDED_BY(mu_) = false;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  bool owes_revision_ = false;  // The thread's own.
  std::thread thread_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_CHANGE_FEED_H_
