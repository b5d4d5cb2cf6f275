// Takes over what sources publish: the way from a Publish call to the commit
// that answers it.
//
//   Publish --> [waiting] --a turn: all that waits, by source-->
//     judge against the source's end (source_chain.h)
//     match against the registrations in force, room by room (interest.h)
//   --> one commit: source moved, events stored once, queues told
//     (ingest_store.h)
//   --> answer, wake the queues' owners
//
// Two threads take turns. While one commits, the other judges and matches what
// has come meanwhile, as if that commit had succeeded already; if it then
// fails, all is done again.
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
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/ingest/batch_builder.h"
#include "services/push_dispatcher/ingest/load_meter.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/ingest/registry_applier.h"
#include "services/push_dispatcher/ingest/room_cache.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::push {

// Thread-safe. Has two threads of its own until it is destroyed.
class Ingest {
 public:
  struct Options {
    // What may wait for a turn; beyond it Publish is refused.
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
    // several threads, and may come out of order. From its turn on: how long it
    // waited for that says nothing of them.
    absl::Duration early_wait = absl::Milliseconds(50);
    // For how much of the last `load_window` something has to have waited to be
    // taken in, or have been just then, for ingest to be saturated.
    double saturated_load = 0.9;
    absl::Duration load_window = absl::Milliseconds(200);
  };

  // Whom to tell of what was committed, in the order of the commits. Quick.
  struct Listeners {
    // `saturated`: events come as fast as they can be taken in, or faster.
    std::function<void(const IngestBatch&, bool saturated)> committed;
    // A commit failed; it may have happened all the same, or happen yet.
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

  // Returns at once. Calls `callback` once, from an ingest thread, when the
  // batch is committed or judged. FAILED_PRECONDITION: the source publishes
  // records, and this is a transaction, or the other way round. UNAVAILABLE
  // (nothing was taken, or nobody knows; repeating is safe): the database is
  // away, too much waits, the registrations in force aren't known here, or this
  // is being destroyed.
  void Publish(PublishBatch batch, Callback callback) ABSL_LOCKS_EXCLUDED(mu_);

  // As IngestStore::RestartSource(). Blocks on the store.
  absl::Status RestartSource(absl::string_view name, int64_t incarnation,
                             const ChainPoint& common);

  // The store has gone back to an earlier state of itself: what is remembered
  // of it may never have been. Registrations are applied again.
  void ForgetAll() ABSL_LOCKS_EXCLUDED(mu_);

  // Why the registrations aren't in force; OK when they are. For readiness.
  absl::Status RegistryStatus() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Waiting {
    PublishBatch batch;
    Callback callback;
    // By the monotonic clock, once it was found to be ahead of its source.
    std::optional<absl::Duration> early_until = std::nullopt;
  };

  // Of one source, in order of position; or one transaction.
  using Group = std::vector<Waiting>;

  static bool IsTransaction(const Group& group);

  // What a group comes to, if this is committed.
  struct Judged {
    std::vector<PublishResult> results;
    std::optional<IngestBatch> batch;  // Empty: nothing is new.
  };

  void Run() ABSL_LOCKS_EXCLUDED(turn_mu_, commit_mu_, mu_);
  // Takes what waits and commits it, the last group after the turn; if that
  // fails, hands the group back. False: it's over.
  bool TakeTurn(std::optional<Group>& failed, absl::Status& status)
      ABSL_LOCKS_EXCLUDED(turn_mu_, commit_mu_, mu_);
  // One more thread, or one less, wants the turn now: whoever has it and only
  // waits for something to come is to leave it.
  void DemandTurn(int difference) ABSL_LOCKS_EXCLUDED(mu_);
  // All that waits, in the order in which it is to be processed, once the
  // registrations are up to date. False: it's over.
  bool Take(std::deque<Group>& groups) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_)
      ABSL_LOCKS_EXCLUDED(commit_mu_, mu_);
  bool TakeWaiting(std::vector<Waiting>& taken)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_) ABSL_LOCKS_EXCLUDED(mu_);
  void CatchUpWithRegistry() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_)
      ABSL_LOCKS_EXCLUDED(commit_mu_, mu_);
  void ForgetIfTold() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_)
      ABSL_LOCKS_EXCLUDED(commit_mu_, mu_);

  // Until none is under way. None begins before the turn is over.
  void AwaitCommit() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_)
      ABSL_LOCKS_EXCLUDED(commit_mu_);
  // Commits within the turn, and again and again if need be: it was tried so
  // often before, and that is how it ended.
  void Process(Group group, int tries = 0,
               absl::Status status = absl::UnknownError("not tried yet"))
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_) ABSL_LOCKS_EXCLUDED(commit_mu_);
  // One try.
  absl::StatusOr<std::vector<PublishResult>> TryProcess(const Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_) ABSL_LOCKS_EXCLUDED(commit_mu_);
  // The same of a transaction of an upstream homeserver.
  absl::StatusOr<PublishResult> TryTransaction(const PublishBatch& batch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_) ABSL_LOCKS_EXCLUDED(commit_mu_);
  // Judges and matches as if what is under way were committed, and remembers as
  // if what it returns were.
  absl::StatusOr<Judged> JudgeGroup(const Group& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_) ABSL_LOCKS_EXCLUDED(commit_mu_);
  absl::StatusOr<ChainVerdict> Judge(const SourceState& source,
                                     const ChainPoint& end,
                                     const PublishBatch& batch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_) ABSL_LOCKS_EXCLUDED(commit_mu_);
  // The source, matched against the registrations that rules() has.
  absl::StatusOr<SourceState> OpenSource(const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_) ABSL_LOCKS_EXCLUDED(commit_mu_);
  // Nothing, if there is none.
  absl::Status Commit(const std::optional<IngestBatch>& batch)
      ABSL_LOCKS_EXCLUDED(mu_);
  bool IsSaturated() ABSL_LOCKS_EXCLUDED(mu_);
  // All that is only guessed.
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_);
  // Puts off those at the end of `group` that are ahead of the source.
  void HoldEarly(Group& group, std::vector<PublishResult>& results)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_);
  void Answer(Group group,
              const absl::StatusOr<std::vector<PublishResult>>& results)
      ABSL_LOCKS_EXCLUDED(mu_);

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
  LoadMeter load_ ABSL_GUARDED_BY(mu_);  // Of batches that aren't answered.
  bool registry_news_ ABSL_GUARDED_BY(mu_) = false;
  bool forget_all_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status registry_status_ ABSL_GUARDED_BY(mu_);
  int turn_demand_count_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  // Held by the thread whose turn it is, until its commit begins.
  absl::Mutex turn_mu_ ABSL_ACQUIRED_BEFORE(commit_mu_, mu_);
  RegistryApplier applier_ ABSL_GUARDED_BY(turn_mu_);
  absl::flat_hash_map<std::string, SourceState> sources_
      ABSL_GUARDED_BY(turn_mu_);
  std::vector<Waiting> early_ ABSL_GUARDED_BY(turn_mu_);
  RoomCache rooms_ ABSL_GUARDED_BY(turn_mu_);

  // Held while a commit outlasts its turn.
  absl::Mutex commit_mu_;
  // It failed: what was judged meanwhile counts for nothing.
  bool commit_failed_ ABSL_GUARDED_BY(commit_mu_) = false;

  std::vector<std::thread> threads_;  // Last: they use all of the above.
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_INGEST_H_
