// The lease, the head, what comes from outside, and time.
#include "services/push_dispatcher/core/decide.h"

#include <algorithm>
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
  state_.epoch = event.epoch;
  state_.nonce = event.nonce;
  state_.ids_drawn = 0;
  state_.settings = event.settings;
  state_.draining = false;
  state_.failures = 0;
  state_.store_at = -absl::InfiniteDuration();
  Begin(event.head);
}

// Another may send the same any moment.
void Decision::On(const LeaseLost&) {
  Forget();
  CancelAttempt();
  state_.epoch = 0;
  state_.timer_at = -absl::InfiniteDuration();  // It ends with the lease.
}

void Decision::On(const Drain&) {
  state_.draining = true;
  state_.prepared.clear();
  state_.load_ticket = 0;
  state_.ephemeral.Clear();
  CancelEphemeral();
}

// An attempt or a write that is out is worth waiting for: it spares the next
// owner a repeat.
void Decision::EndIfNothingIsOut() {
  const bool attempt_is_out =
      state_.attempt_ticket != 0 && !state_.attempt_is_stray;
  if (attempt_is_out || state_.write_ticket != 0) return;
  On(LeaseLost{});
}

void Decision::Forget() {
  CancelEphemeral();
  state_.ephemeral.Clear();
  state_.head_known = false;
  state_.head = {};
  state_.copies.clear();
  state_.settled.clear();
  state_.prepared.clear();
  state_.pieces.clear();
  state_.write = {};
  state_.sealing.clear();
  state_.woken = false;
  state_.more = false;
  state_.load_error.clear();
  state_.attempts = 0;
  state_.rejections = 0;
  state_.not_reproduced = false;
  state_.doubted_txn_id.clear();
  state_.backing_off = false;
  state_.asked_until = -absl::InfiniteDuration();
  state_.load_ticket = 0;
  state_.rebuild_ticket = 0;
  state_.split_ticket = 0;
  state_.write_ticket = 0;
  state_.read_ticket = 0;
  state_.attempt_is_stray = state_.attempt_ticket != 0;
}

// --- The head ---------------------------------------------------------------

void Decision::Begin(const QueueHead& head) {
  state_.head = head;
  state_.head_known = true;
  state_.copies.assign(head.sealed.size(),
                       {.body = nullptr, .inherited = true});
  state_.more = true;  // Nobody knows what has been queued meanwhile.
  // What is out may hang, and that may be why an operator has acted. If it is
  // what is to be sent next all the same, it is waited for: the service, which
  // may be at work on it, would get it twice at once.
  const bool is_next = has_front() && !state_.settings.paused &&
                       front().txn_id == state_.attempt_txn_id;
  if (!is_next) CancelAttempt();
}

void Decision::On(const HeadRead& event) {
  if (!Redeem(state_.read_ticket, event.ticket)) return;
  if (!event.head.has_value()) {
    On(LeaseLost{});
    return;
  }
  state_.epoch = event.epoch;
  Begin(*event.head);
  const std::string doubted = std::exchange(state_.doubted_txn_id, "");
  if (has_front() && front().txn_id == doubted) Block();
}

void Decision::On(const HeadNotRead& event) {
  if (Redeem(state_.read_ticket, event.ticket)) RetryStoreLater();
}

// --- From outside -----------------------------------------------------------

void Decision::On(const Woken&) { state_.woken = true; }

void Decision::On(const RetryNow&) {
  state_.failures = 0;
  state_.backing_off = false;
  state_.asked_until = -absl::InfiniteDuration();
  state_.not_reproduced = false;
}

// It says that something of it lives. When it has said itself until when it
// doesn't want anything (Retry-After), that it is alive is no news.
void Decision::On(const SignOfLife&) {
  if (!state_.backing_off || moment_.now < state_.asked_until ||
      moment_.now - state_.early_try_at < options_.early_try_interval) {
    return;
  }
  state_.early_try_at = moment_.now;
  state_.backing_off = false;
}

void Decision::On(const TimerFired&) {
  state_.timer_at = -absl::InfiniteDuration();
}

// --- What follows -----------------------------------------------------------

void Decision::Progress() {
  if (state_.epoch == 0) return;
  if (state_.head_known) {
    if (state_.backing_off && moment_.now >= state_.send_at) {
      state_.backing_off = false;
    }
    SendFront();
    Load();
    Commit();
    Load();  // What is being sealed has left room.
    SendEphemeralAlone();
  } else if (state_.read_ticket == 0 && !state_.draining && StoreMayBeAsked()) {
    effects_.push_back(ReadHead{.ticket = Draw(state_.read_ticket),
                                .epoch = state_.epoch,
                                .nonce = state_.nonce});
  }
  if (state_.draining) EndIfNothingIsOut();
  SetTimerIfNeeded();
}

// One timer for the earliest of what time alone brings.
void Decision::SetTimerIfNeeded() {
  if (state_.epoch == 0) return;
  absl::Duration at = absl::InfiniteDuration();
  if (!StoreMayBeAsked()) at = state_.store_at;
  if (state_.backing_off) at = std::min(at, state_.send_at);
  if (state_.head_known && OnlyEphemeralWaits()) {
    at = std::min(at, state_.ephemeral_at);
  }
  if (at == absl::InfiniteDuration() || at == state_.timer_at) return;
  state_.timer_at = at;
  effects_.push_back(SetTimer{.at = at});
}

std::vector<DeliveryEffect> Decide(const DeliveryOptions& options,
                                   DeliveryState& state,
                                   const DeliveryEvent& event,
                                   const Moment& moment) {
  Decision decision(options, state, moment);
  std::visit([&](const auto& e) { decision.On(e); }, event);
  decision.Progress();
  return decision.TakeEffects();
}

}  // namespace causeway::push
