#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_LEASE_KEEPER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_LEASE_KEEPER_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/lease_balance.h"
#include "services/push_dispatcher/core/lease_rules.h"
#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/delivery/replica_waker.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/store/lease_store.h"
#include "services/shared/clock/clock.h"

namespace causeway::push {

// Keeps this replica alive in the eyes of the others, takes over the queues
// that nobody looks after, and lets go of its own when it can't be sure of them
// any more (hard case 9):
//
//   every dead_after / 5   count the heartbeat up; take what is free, what was
//                          an earlier incarnation's, and what belongs to a
//                          replica that has stood still for dead_after
//   what the store and the loop hold ours to be differs
//                          taken again, or let go (core/lease_rules.h)
//   another has clearly fewer queues (core/lease_balance.h)
//                          as many as make up for it are let go of in order,
//                          a few a second, and handed over in the next round
//   dead_after / 2 without success: another may take over soon, so all queues
//                          are let go, whatever a round still waits for, and
//                          taken again when that works
//   the store has gone back to an earlier state of itself (a backup): all
//                          queues are let go, and all that is remembered of it
//   the store knows another process under this name, or none (a backup of
//                          before): all queues are let go for good; only
//                          another process can begin anew
//
// Thread-safe. Has two threads of its own from Start() on: one asks the store,
// until Stop(); the other watches the time meanwhile, until Leave(). It alone
// goes by a clock that nobody can set: a wait of absl::Mutex with a timeout,
// as Debian 12 has it, ends at a time of the day, an hour late if the clock is
// set back by one meanwhile. As the watch takes the mutex now and then, who
// waits for it has the condition looked at again, in which the time stands too.
class LeaseKeeper {
 public:
  struct Options {
    absl::Duration dead_after = absl::Seconds(5);
    // Queues that are handed over for balance. 0: none ever.
    double moves_per_second_max = 10;
  };

  // Called on the keeper's thread.
  struct Listeners {
    // What is remembered of the store may never have been.
    std::function<void()> store_went_back;
    // This process is of no more use.
    std::function<void()> name_lost;
  };

  // All must outlive the keeper.
  LeaseKeeper(Options options, ReplicaIdentity replica, LeaseStore& store,
              DeliveryLoop& loop, ReplicaWaker& waker, const Clock& clock,
              PushMetrics& metrics, Listeners listeners);
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  // Begins. `grpc_address` is where other replicas could wake this one. Once.
  void Start(std::string grpc_address);

  // A round at once, or when the last has been rested from: there are new
  // queues.
  void Kick() ABSL_LOCKS_EXCLUDED(mu_);

  // Our own queues may have got something that nobody knows of: a commit of
  // ours failed, and may have happened all the same, or happen yet. They are
  // woken once the store answers again, and for as long as it may come,
  // whenever a source has moved.
  void OweWakes() ABSL_LOCKS_EXCLUDED(mu_);

  // Nothing is renewed any more. A round that hangs is waited for, and the time
  // watched meanwhile.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);
  // Nobody hands any queues over to this replica from now on. The keeper is
  // stopped. The time is no longer watched.
  void Leave() ABSL_LOCKS_EXCLUDED(mu_);
  // Gives all queues back, for others to take at once. The keeper is stopped
  // and the loop has let go of them.
  void Release();

  // OK while this replica has its name and renews. For readiness.
  absl::Status Status() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // Until one is due after one that took `took`, or there is reason for one.
  void AwaitRound(absl::Duration took) ABSL_LOCKS_EXCLUDED(mu_);
  // Something that leaves can be handed over.
  bool HasLetGo() const;
  absl::Status Round();
  void TellPeers(const LeaseRound& round);
  void TakeIn(const LeaseRound& round) ABSL_LOCKS_EXCLUDED(mu_);
  void TellHeirs(const LeaseRound& round);
  void Balance();
  void WakeIfSourcesMoved(const LeaseRound& round) ABSL_LOCKS_EXCLUDED(mu_);
  void LetGoOfAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Queues that after `round` nobody looks after.
  int64_t Unheld(const LeaseRound& round) const;

  // The other thread.
  void Watch() ABSL_LOCKS_EXCLUDED(mu_);
  void EndWatch() ABSL_LOCKS_EXCLUDED(mu_);
  // Before another takes over. Whether all are.
  bool LetGoIfDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  ReplicaIdentity replica_;  // Not changed while the threads run.
  LeaseStore& store_;
  DeliveryLoop& loop_;
  ReplicaWaker& waker_;
  const Clock& clock_;
  PushMetrics& metrics_;
  const Listeners listeners_;

  mutable absl::Mutex mu_;
  bool kicked_ ABSL_GUARDED_BY(mu_) = false;
  bool wake_owed_ ABSL_GUARDED_BY(mu_) = false;
  absl::Duration late_until_ ABSL_GUARDED_BY(mu_);  // A commit may come.
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mu_);
  // When all queues are to be let go of. Infinite: they are.
  absl::Duration let_go_at_ ABSL_GUARDED_BY(mu_) = absl::InfiniteDuration();
  // Queues that are ours by the store's account, as of the last round.
  int64_t owned_count_ ABSL_GUARDED_BY(mu_) = 0;

  // The asking thread's own.
  LeaseRules rules_;
  LeaseBalance balance_;
  bool entered_ = false;
  std::vector<int64_t> source_ends_;

  std::mutex watch_mu_;  // Taken before mu_.
  std::condition_variable watch_ends_;
  bool watched_ = true;  // Guarded by watch_mu_.

  std::thread thread_;
  std::thread watch_thread_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_LEASE_KEEPER_H_
