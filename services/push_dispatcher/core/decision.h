#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECISION_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECISION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/decide.h"

namespace causeway::push {

// One call of Decide(): On() takes the event in, Progress() begins what follows
// from it.
class Decision {
 public:
  Decision(const DeliveryOptions& options, DeliveryState& state,
           const Moment& moment)
      : options_(options), state_(state), moment_(moment) {}

  // --- decide.cc: the lease, the head, what comes from outside ---
  void On(const LeaseAcquired& event);
  void On(const LeaseLost& event);
  void On(const Drain& event);
  void On(const Woken& event);
  void On(const RetryNow& event);
  void On(const SignOfLife& event);
  void On(const TimerFired& event);
  void On(const HeadRead& event);
  void On(const HeadNotRead& event);
  void Progress();

  // --- decision_sealing.cc: from the queue to the sealed list ---
  void On(const NextLoaded& event);
  void On(const NextNotLoaded& event);
  void On(const WriteCommitted& event);
  void On(const WriteRefused& event);
  void On(const WriteUnknown& event);

  // --- decision_ephemeral.cc: what isn't an event ---
  void On(const EphemeralQueued& event);

  // --- decision_sending.cc: the front ---
  void On(const SealedRebuilt& event);
  void On(const SealedSplit& event);
  void On(const SealedNotReproduced& event);
  void On(const SealedNotLoaded& event);
  void On(const AttemptFinished& event);

  std::vector<DeliveryEffect> TakeEffects() { return std::move(effects_); }

 private:
  // Forgets everything that the store doesn't vouch for. An attempt that is
  // out stays known until it is answered: what it has sent can't be taken back.
  void Forget();
  void Begin(const QueueHead& head);
  void EndIfNothingIsOut();
  void SetTimerIfNeeded();
  void RetryStoreLater() {
    state_.store_at = moment_.now + options_.store_retry;
  }

  void Load();
  void Commit();
  // With what is settled, and with `seal_count` of what is prepared.
  void CommitHead(size_t seal_count);
  SealedTransaction Seal(const Cut& cut);
  std::string NextId();
  // Behind all that is sealed, being sealed or prepared.
  Cursors BehindPrepared() const;

  void SendFront();
  bool PutAsideUncommitted() const;
  bool Expired(const SealedTransaction& sealed) const;
  void Rebuild();
  // The front can't be made again: an operator is called, once, and it is tried
  // again now and then.
  void Block();
  void Settle(Settlement settlement);
  // The AS has refused the front for what is in it.
  void Reject(const AttemptFinished& event);
  void Split();
  // By pieces of at most BodyBytesMax(), without what is ephemeral.
  void ReplaceFront();
  void Fail(const AttemptFinished& event);

  // With the next transaction, unless it is with one already. Into `load`.
  void TakeEphemeralAlong(LoadNext& load);
  void SendEphemeralAlone();
  bool OnlyEphemeralWaits() const;
  // Of so many bytes, how many items may have in a body.
  int64_t EphemeralBytesMax(int64_t bytes_max) const;
  // Ends the attempt that is out, if there is one.
  void CancelAttempt();
  // If it is an ephemeral one.
  void CancelEphemeral();

  // Whether work on this queue may be begun at all.
  bool MayBegin() const { return !state_.draining && !state_.settings.paused; }
  bool StoreMayBeAsked() const { return moment_.now >= state_.store_at; }
  // How many transactions may be sealed and not settled, and how many
  // settlements may wait for their commit.
  size_t SealedMax() const {
    return state_.settings.remembers_every_id ? options_.sealed_ahead_max : 1;
  }
  int64_t BodyBytesMax() const;
  size_t front_index() const { return state_.settled.size(); }
  bool has_front() const { return front_index() < state_.head.sealed.size(); }
  const SealedTransaction& front() const {
    return state_.head.sealed[front_index()];
  }
  DeliveryState::Copy& front_copy() { return state_.copies[front_index()]; }
  // Behind what is settled: where the front's events begin.
  Cursors BeforeFront() const;

  // Whether `ticket` answers what is waited for; if so nothing is any more.
  static bool Redeem(Ticket& waited_for, Ticket ticket);
  Ticket Draw(Ticket& waited_for) { return waited_for = ++state_.last_ticket; }

  const DeliveryOptions& options_;
  DeliveryState& state_;
  const Moment& moment_;
  std::vector<DeliveryEffect> effects_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECISION_H_
