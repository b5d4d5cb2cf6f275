// The lease, what comes from outside, and the timer. What is sealed and sent
// stands in decision_sealing.cc.
#include "services/push_dispatcher/core/decide.h"

#include <optional>
#include <utility>
#include <variant>

#include "services/push_dispatcher/core/decision.h"

namespace causeway::push {

bool Decision::Redeem(Ticket& waited_for, Ticket ticket) {
  if (ticket == 0 || ticket != waited_for) return false;
  waited_for = 0;
  return true;
}

// --- The lease --------------------------------------------------------------

void Decision::On(const LeaseAcquired& event) {
  Forget();
  state_.draining = false;
  state_.epoch = event.epoch;
  state_.nonce = event.nonce;
  state_.ids_drawn = 0;
  state_.head = event.head;
  state_.attempts = 0;
  state_.failures = 0;
  state_.events_max_learned = 0;
  Begin();
}

void Decision::On(const LeaseLost&) {
  Forget();
  state_.phase = Phase::kUnowned;
}

void Decision::On(const Drain&) {
  state_.draining = true;
  state_.next.reset();
  state_.load_ticket = 0;
  switch (state_.phase) {
    case Phase::kSealing:
    case Phase::kSending:
    case Phase::kAcknowledging:
      break;  // An answer is on its way.
    case Phase::kFinishing:
      CommitHead(Phase::kAcknowledging, /*acknowledge=*/true, std::nullopt);
      break;
    default:
      EndIfDraining();
  }
}

bool Decision::EndIfDraining() {
  if (state_.draining) On(LeaseLost{});
  return state_.draining;
}

void Decision::Forget() {
  state_.body.reset();
  state_.next.reset();
  state_.write = {};
  state_.woken = false;
  state_.more = false;
  state_.load_ticket = 0;
  state_.rebuild_ticket = 0;
  state_.write_ticket = 0;
  state_.read_ticket = 0;
}

void Decision::Begin() {
  if (state_.head.sealed.has_value()) {
    // Nobody knows what was queued behind it meanwhile.
    state_.more = true;
    Rebuild();
  } else {
    LoadAfter(state_.head.cursors, state_.last_source);
    state_.phase = Phase::kLoading;
  }
}

void Decision::ReadHeadAgain() {
  if (EndIfDraining()) return;
  Forget();
  state_.phase = Phase::kReading;
  effects_.push_back(
      ReadHead{.ticket = Draw(state_.read_ticket), .epoch = state_.epoch});
}

void Decision::On(const HeadRead& event) {
  if (!Redeem(state_.read_ticket, event.ticket)) return;
  if (!event.head.has_value()) {
    On(LeaseLost{});
    return;
  }
  state_.head = *event.head;
  Begin();
}

void Decision::On(const HeadNotRead& event) {
  if (!Redeem(state_.read_ticket, event.ticket)) return;
  WakeAt(moment_.now + options_.store_retry);
}

// --- From outside -----------------------------------------------------------

void Decision::On(const Woken&) {
  if (state_.phase == Phase::kUnowned) return;
  state_.woken = true;
  if (state_.phase == Phase::kIdle) LoadOrIdle();
}

void Decision::On(const RetryNow&) {
  if (state_.phase != Phase::kBackingOff && state_.phase != Phase::kBlocked) {
    return;
  }
  state_.failures = 0;
  Rebuild();
}

void Decision::On(const TimerFired&) {
  if (moment_.now < state_.timer_at) {
    WakeAt(state_.timer_at);
    return;
  }
  switch (state_.phase) {
    case Phase::kBackingOff:
      Rebuild();
      break;
    case Phase::kReading:
      if (state_.read_ticket == 0) ReadHeadAgain();
      break;
    case Phase::kLoading:
      if (state_.load_ticket == 0) LoadOrIdle();
      break;
    case Phase::kRebuilding:
      if (state_.rebuild_ticket == 0) Rebuild();
      break;
    default:
      break;  // Set in a phase that has passed.
  }
}

void Decision::WakeAt(absl::Duration at) {
  state_.timer_at = at;
  effects_.push_back(SetTimer{.at = at});
}

std::vector<DeliveryEffect> Decide(const DeliveryOptions& options,
                                   DeliveryState& state,
                                   const DeliveryEvent& event,
                                   const Moment& moment) {
  Decision decision(options, state, moment);
  std::visit([&](const auto& e) { decision.On(e); }, event);
  return decision.TakeEffects();
}

}  // namespace causeway::push
