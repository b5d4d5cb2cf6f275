#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECISION_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_DECISION_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/decide.h"

namespace causeway::push {

// One call of Decide(). An On() for each event; what they share stands below.
class Decision {
 public:
  Decision(const DeliveryOptions& options, DeliveryState& state,
           const Moment& moment)
      : options_(options), state_(state), moment_(moment) {}

  void On(const LeaseAcquired& event);
  void On(const LeaseLost& event);
  void On(const Drain& event);
  void On(const Woken& event);
  void On(const RetryNow& event);
  void On(const TimerFired& event);
  void On(const NextLoaded& event);
  void On(const NextNotLoaded& event);
  void On(const SealedRebuilt& event);
  void On(const SealedNotReproduced& event);
  void On(const SealedNotLoaded& event);
  void On(const WriteCommitted& event);
  void On(const WriteRefused& event);
  void On(const WriteUnknown& event);
  void On(const HeadRead& event);
  void On(const HeadNotRead& event);
  void On(const AttemptFinished& event);

  std::vector<DeliveryEffect> TakeEffects() { return std::move(effects_); }

 private:
  // Forgets everything that the store doesn't vouch for. An attempt that is
  // out stays known: it can't be taken back.
  void Forget();
  // From the head on, as it now is.
  void Begin();
  void ReadHeadAgain();
  void LoadAfter(Cursors after, SourceId last_source);
  void LoadOrIdle();
  // Whether it does: then there is nothing more to do.
  bool EndIfDraining();
  void LoadBehindSealed();
  void Rebuild();
  void SendSealed();
  // Seals `state_.next` if there is one. `acknowledge`: the sealed transaction
  // has been taken.
  void CommitHead(Phase phase, bool acknowledge,
                  std::optional<int64_t> retired_after_attempts);
  void Succeed();
  void Fail(AttemptOutcome outcome);
  void ReplaceBySmaller();
  void WakeAt(absl::Duration at);
  int32_t EventsMax() const;

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
