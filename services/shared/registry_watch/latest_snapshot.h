#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_LATEST_SNAPSHOT_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_LATEST_SNAPSHOT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::registry_watch {

// Where a process keeps the newest snapshot of the registry: RegistryWatcher
// puts it in, everything else reads it, waits for it or is told of it. Tests
// put in what they like (snapshot_builder.h); no gRPC is needed for that.
//
// A snapshot is swapped as a whole, so that whoever has taken one may go on
// with it for as long as one request lasts.
//
// Thread-safe. The lock is held for copying a pointer, no longer.
class LatestSnapshot {
 public:
  using Listener =
      std::function<void(const std::shared_ptr<const RegistrySnapshot>&)>;

  LatestSnapshot();

  // The newest one. Never null: before the first, it is empty and of revision
  // 0, so that nothing matches.
  std::shared_ptr<const RegistrySnapshot> Snapshot() const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Whether a snapshot has ever come. Stays true.
  bool ready() const ABSL_LOCKS_EXCLUDED(mu_);

  // Swaps it, then tells those who wait and who listen, in this thread. One
  // thread sets. The revision goes back only when the registry was restored
  // from a backup.
  void Set(std::shared_ptr<const RegistrySnapshot> snapshot)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Blocks until Snapshot() has `revision` or a later one.
  // DEADLINE_EXCEEDED after `timeout`. (await_revision.h has the coroutine.)
  absl::Status AwaitRevision(int64_t revision, absl::Duration timeout) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Calls `listener` with each snapshot from now on, in order, on the thread
  // that sets them; first of all, in this thread, with the one that is there
  // already, if any. So it may not be called while another thread calls Set():
  // subscribe before the RegistryWatcher is made. A listener returns quickly,
  // and what it touches outlives the RegistryWatcher.
  void Subscribe(Listener listener) ABSL_LOCKS_EXCLUDED(mu_);

  // A call that is still to be made. 0: it was made at once.
  using WaiterId = int64_t;

  // Calls `reached` once: in this thread if Snapshot() has `revision` already,
  // else from Set(). It must return quickly.
  WaiterId NotifyAt(int64_t revision, std::function<void()> reached)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Afterwards `reached` isn't called any more, unless it's being called now.
  void Forget(WaiterId waiter) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Waiter {
    WaiterId id;
    int64_t revision;
    std::function<void()> reached;
  };

  mutable absl::Mutex mu_;
  std::shared_ptr<const RegistrySnapshot> snapshot_ ABSL_GUARDED_BY(mu_);
  bool ready_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::shared_ptr<const Listener>> listeners_ ABSL_GUARDED_BY(mu_);
  std::vector<Waiter> waiters_ ABSL_GUARDED_BY(mu_);
  WaiterId next_waiter_ ABSL_GUARDED_BY(mu_) = 1;
};

// OK once a first snapshot has come. For Process::AddReadinessCheck().
absl::Status CheckReady(const LatestSnapshot& latest);

// The same, but FAILED_PRECONDITION if the registry has another server name:
// then its namespaces are about users that don't exist here.
absl::Status CheckReadyFor(absl::string_view server_name,
                           const LatestSnapshot& latest);

// DEADLINE_EXCEEDED that names both. For AwaitRevision() and its twin.
absl::Status RevisionNotReached(int64_t wanted, int64_t present);

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_LATEST_SNAPSHOT_H_
