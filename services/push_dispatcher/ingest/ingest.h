// Takes over what sources publish: the way from a Publish call to the commit
// that answers it.
//
//   Publish --> [waiting] --ingest thread, all that waits, by source-->
//     judge against the source's end (source_chain.h)
//     match against the registrations in force, room by room (interest.h)
//     one commit: source moved, events stored once, queues told
//     (ingest_store.h)
//   --> answer, wake the queues' owners
//
// A transaction of an upstream homeserver goes the same way, one in a commit;
// what is taken of it (upstream_plan.h) is put behind the source's end.
//
// Nothing lingers: a commit holds what came while the last one ran. What is
// remembered between two commits (where sources end, who is in which room) is a
// guess, which the commit checks by compare-and-set; if another replica has
// moved the source, all is forgotten, read again and judged again. The same
// happens when nobody knows whether a commit took place (hard case 3).
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_INGEST_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_INGEST_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/ingest/batch_builder.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/ingest/registry_applier.h"
#include "services/push_dispatcher/ingest/room_cache.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::push {

// Thread-safe. Has a thread of its own until it is destroyed.
class Ingest {
 public:
  struct Options {
    // What may wait for the thread; beyond it Publish is refused.
    size_t waiting_records_max = 20000;
    size_t waiting_bytes_max = 64 << 20;
    // What goes into one commit, unless a single batch is larger.
    size_t commit_records_max = 4000;
    size_t commit_bytes_max = 8 << 20;
    // For RoomCache.
    size_t room_members_cached_max = 1000000;
    // How long a batch waits for registrations that are in force already but
    // that this replica hasn't been told of.
    absl::Duration registry_wait = absl::Seconds(2);
    // How long a batch that is ahead of its source waits for those before it,
    // which a source that doesn't wait for answers has sent: they are read on
    // several threads, and may come out of order.
    absl::Duration early_wait = absl::Milliseconds(50);
  };

  // Whom to tell, on the ingest thread, of what was committed. Quick.
  struct Listeners {
    std::function<void(const IngestBatch&)> committed;
    // A commit failed; it may have happened all the same.
    std::function<void()> commit_failed;
    RegistryApplier::Listener registry_applied;
  };

  using Callback = absl::AnyInvocable<void(absl::StatusOr<PublishResult>) &&>;

  // All must outlive this. Subscribes to `latest`: to be made before its
  // writer. `applied` is written here alone.
  Ingest(Options options, IngestStore& store,
         registry_watch::LatestSnapshot& latest,
         registry_watch::LatestSnapshot& applied, const Clock& clock,
         PushMetrics& metrics, Listeners listeners);
  // Answers what still waits with UNAVAILABLE.
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  // Returns at once. Calls `callback` once, from the ingest thread, when the
  // batch is committed or judged. FAILED_PRECONDITION: the source publishes
  // records, and this is a transaction, or the other way round. UNAVAILABLE
  // (nothing was taken, or nobody knows; repeating is safe): the database is
  // away, too much waits, the registrations in force aren't known here, or this
  // is being destroyed.
  void Publish(PublishBatch batch, Callback callback) ABSL_LOCKS_EXCLUDED(mu_);

  // The store has gone back to an earlier state of itself: what is remembered
  // of it may never have been. Registrations are applied again.
  void ForgetAll() ABSL_LOCKS_EXCLUDED(mu_);

  // Why the registrations aren't in force; OK when they are. For readiness.
  absl::Status RegistryStatus() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Waiting {
    PublishBatch batch;
    Callback callback;
    absl::Duration since;  // By the monotonic clock.
  };

  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // Everything that goes into the next commits. False: it's over.
  bool Take(std::vector<Waiting>& taken) ABSL_LOCKS_EXCLUDED(mu_);
  void CatchUpWithRegistry() ABSL_LOCKS_EXCLUDED(mu_);
  void ForgetIfTold() ABSL_LOCKS_EXCLUDED(mu_);

  // All of one source, in order of position.
  void Process(const std::string& source_name, std::vector<Waiting> group);
  // One try. The results are in the order of `group`.
  absl::StatusOr<std::vector<PublishResult>> TryProcess(
      const std::string& source_name, const std::vector<Waiting>& group);
  // The same of a transaction of an upstream homeserver.
  absl::StatusOr<PublishResult> TryTransaction(const SourceState& source,
                                               const PublishBatch& batch);
  absl::StatusOr<ChainVerdict> Judge(const SourceState& source,
                                     const ChainPoint& end,
                                     const PublishBatch& batch);
  // The source, matched against the registrations that rules() has.
  absl::StatusOr<SourceState> OpenSource(const std::string& name);
  absl::Status Commit(const IngestBatch& batch);
  void Forget(const std::string& source_name);
  // Puts off those at the end of `group` that are ahead of the source.
  void HoldEarly(std::vector<Waiting>& group,
                 std::vector<PublishResult>& results);

  const Options options_;
  IngestStore& store_;
  registry_watch::LatestSnapshot& latest_;
  const Clock& clock_;
  PushMetrics& metrics_;
  const Listeners listeners_;

  mutable absl::Mutex mu_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mu_);
  size_t waiting_records_ ABSL_GUARDED_BY(mu_) = 0;
  size_t waiting_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool registry_news_ ABSL_GUARDED_BY(mu_) = false;
  bool forget_all_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status registry_status_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  // The ingest thread's own.
  RegistryApplier applier_;
  absl::flat_hash_map<std::string, SourceState> sources_;
  std::vector<Waiting> early_;
  RoomCache rooms_;
  std::thread thread_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_INGEST_H_
