// Runs the delivery of all queues that this replica owns: the shell around
// core/decide.h.
//
//                         +--> QueueCutter (memory) --+
//                         +--> QueueReader (store) ---+
//   events --> Decide() --+--> QueueWriter (store) ---+--> answers are events
//     ^   (one at a time) +--> TransactionSender -----+       again
//     |                   +--> timers ----------------+
//     +-- leases (LeaseKeeper), what is committed (Ingest), operators
//
// One thread at a time decides for all of them: a decision takes microseconds
// and never waits. What takes time is done by the performers on their own
// threads. Who brings an answer decides at once what follows from it, if nobody
// else is deciding: else a transaction would wait for a change of threads more
// often than for anything else. What is left over is the loop's own thread's.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_DELIVERY_LOOP_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_DELIVERY_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/random/bit_gen_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/decide.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/delivery_state.h"
#include "services/push_dispatcher/core/ephemeral_buffer.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/core/lease_rules.h"
#include "services/push_dispatcher/delivery/delivery_status.h"
#include "services/push_dispatcher/delivery/delivery_statuses.h"
#include "services/push_dispatcher/delivery/queue_cutter.h"
#include "services/push_dispatcher/delivery/queue_reader.h"
#include "services/push_dispatcher/delivery/queue_totals.h"
#include "services/push_dispatcher/delivery/queue_word.h"
#include "services/push_dispatcher/delivery/queue_writer.h"
#include "services/push_dispatcher/delivery/transaction_sender.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/store/queue_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/line_quota.h"

namespace causeway::push {

// Thread-safe. Has a thread of its own until it is destroyed.
class DeliveryLoop {
 public:
  struct Options {
    DeliveryOptions delivery;
    QueueCutter::Options cutter;
    TransactionSender::Options sender;
  };

  // What the loop works with. All but the client must outlive it.
  struct Dependencies {
    QueueStore& store;
    SegmentCache& segments;
    std::unique_ptr<appservice_client::AppserviceClient> client;
    const registry_watch::LatestSnapshot& registry;
    const secrets::SecretBox& secret_box;
    const Clock& clock;
    absl::BitGenRef random;  // Used by one thread at a time.
    PushMetrics& metrics;
    // Told what happened to queues that aren't ours. Doesn't wait.
    std::function<void(absl::Span<const QueueWord>)> wake_others;
    // The same of ephemeral data for such a queue.
    std::function<void(AppserviceUid, const EphemeralItems&)>
        hand_over_ephemeral;
  };

  DeliveryLoop(Options options, Dependencies dependencies);
  // As a crash would: what is under way is left as it is. Drain() first to end
  // in order.
  ~DeliveryLoop();
  DeliveryLoop(const DeliveryLoop&) = delete;
  DeliveryLoop& operator=(const DeliveryLoop&) = delete;

  // Something happened to a queue. Ignored if it isn't ours, but for
  // LeaseAcquired.
  void Post(AppserviceUid uid, DeliveryEvent event) ABSL_LOCKS_EXCLUDED(mu_);
  // The same of a sign of life; if the queue isn't ours the others are told.
  void PostToOwner(const QueueWord& word) ABSL_LOCKS_EXCLUDED(mu_);
  void PostToOwner(AppserviceUid uid, EphemeralItems items)
      ABSL_LOCKS_EXCLUDED(mu_);
  // To all that are ours.
  void PostToAll(DeliveryEvent event) ABSL_LOCKS_EXCLUDED(mu_);
  // This process has queued something, in the order of the commits.
  void Offer(CommittedEntries committed) ABSL_LOCKS_EXCLUDED(mu_);
  // What another replica says. Ignored of queues that aren't ours.
  void Wake(absl::Span<const QueueWord> words) ABSL_LOCKS_EXCLUDED(mu_);
  // Another may have, for any of ours.
  void WakeAll() ABSL_LOCKS_EXCLUDED(mu_);

  // The store has gone back to an earlier state of itself: what this process
  // has queued may be undone. Its queues are to be let go of, too.
  void ForgetCommits() { cutter_.ForgetCommits(); }

  // Lets go of the queues of those that aren't registered with a URL any more:
  // another replica may have dropped them. Forgets what was counted of those
  // that aren't registered at all.
  void LoseUnregistered() ABSL_LOCKS_EXCLUDED(mu_);

  // Has so many queues let go of, at most, and tells which: idle ones rather
  // than others, and those that are sending last, when their attempts are over
  // and what became of these is committed.
  std::vector<HeldQueue> LetGo(size_t count) ABSL_LOCKS_EXCLUDED(mu_);

  // Begins nothing new and waits, at most `timeout`, for what is under way. All
  // queues are let go. False if something was still under way.
  bool Drain(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mu_);

  // Empty if the queue isn't ours.
  std::optional<DeliveryStatus> Status(AppserviceUid uid) const {
    return statuses_.Find(uid);
  }
  // What was counted of a queue since it first was ours, also when it isn't
  // any more. Empty if it never was.
  std::optional<QueueTotals> Totals(AppserviceUid uid) const {
    return statuses_.Totals(uid);
  }
  // Those that are ours, or were since this process began.
  std::vector<AppserviceUid> Known() const { return statuses_.Known(); }
  // What this process believes to own, once it has handled all that was posted
  // before. Waits for that.
  std::vector<HeldQueue> Held() const ABSL_LOCKS_EXCLUDED(mu_);
  // How many of ours are in which phase.
  std::map<Phase, int64_t> CountPhases() const {
    return statuses_.CountPhases();
  }

 private:
  struct Item {
    AppserviceUid uid = 0;  // 0: all that are ours.
    DeliveryEvent event;
    // What the others are told if the queue isn't ours.
    std::optional<QueueWord::Kind> word = std::nullopt;
    // The others get it then.
    bool hand_over = false;
  };
  struct Runner {
    DeliveryState state;
    bool troubled = false;   // The last attempt failed, and that was logged.
    absl::Duration sent_at;  // The last attempt.
    std::shared_ptr<QueueTotals> totals;
    std::optional<absl::Duration> timer;
  };

  // Who says that it listens may be another program by now.
  void ForgetPathsIfPinged(const QueueWord& word);
  void Add(Item item) ABSL_LOCKS_EXCLUDED(mu_);
  // Answers an effect: as Post(), and handled at once, on the thread that
  // brings it, if nobody is handling anything. A change of threads for each
  // answer is what a transaction would mostly wait for.
  void Answer(AppserviceUid uid, DeliveryEvent event) ABSL_LOCKS_EXCLUDED(mu_);
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // Whether this thread is to handle what is in the inbox now; then it calls
  // HandleItems(). Not while another one does.
  bool TakeInbox() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // With the timers that are due, and a little of what comes meanwhile; the
  // rest is left to the loop's own thread.
  void HandleItems() ABSL_LOCKS_EXCLUDED(mu_);
  void Handle(Item& item);
  void Tell(AppserviceUid uid, Runner& runner, const DeliveryEvent& event);
  void Perform(AppserviceUid uid, Runner& runner, DeliveryEffect effect);
  void SetTimerOf(AppserviceUid uid, Runner& runner,
                  std::optional<absl::Duration> at);
  void FireTimers();
  void Count(Runner& runner, const DeliveryEvent& event);
  void NoteAttempt(AppserviceUid uid, Runner& runner,
                   const AttemptFinished& attempt);

  const Options options_;
  const Clock& clock_;
  absl::BitGenRef random_;
  PushMetrics& metrics_;
  const registry_watch::LatestSnapshot& registry_;
  const std::function<void(absl::Span<const QueueWord>)> wake_others_;
  const std::function<void(AppserviceUid, const EphemeralItems&)>
      hand_over_ephemeral_;

  mutable absl::Mutex mu_;
  std::vector<Item> inbox_ ABSL_GUARDED_BY(mu_);
  // How often the inbox was emptied, and how often all that was in it handled.
  int64_t emptied_count_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t handled_count_ ABSL_GUARDED_BY(mu_) = 0;
  // When the first timer is due, and for which one the loop's thread waits.
  absl::Duration timer_at_ ABSL_GUARDED_BY(mu_) = absl::InfiniteDuration();
  absl::Duration awaited_at_ ABSL_GUARDED_BY(mu_) = absl::InfiniteDuration();
  bool handling_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  // Of the thread that has set handling_.
  std::vector<Item> items_;
  absl::flat_hash_map<AppserviceUid, std::unique_ptr<Runner>> runners_;
  absl::btree_set<std::pair<absl::Duration, AppserviceUid>> timers_;
  Ticket first_ticket_ = 0;  // Of the next runner: no two share any.
  std::vector<QueueWord> words_elsewhere_;

  DeliveryStatuses statuses_;

  server::LineQuota line_quota_;  // Of lines about single queues.
  std::unique_ptr<appservice_client::AppserviceClient> client_;
  QueueReader reader_;
  QueueCutter cutter_;
  QueueWriter writer_;
  TransactionSender sender_;
  std::thread thread_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_DELIVERY_LOOP_H_
