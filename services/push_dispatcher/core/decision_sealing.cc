// Cutting, sealing, sending and acknowledging: the cycle of decide.h's drawing.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/decision.h"

namespace causeway::push {

// --- Cutting the next transaction -------------------------------------------

int32_t Decision::EventsMax() const {
  if (state_.events_max_learned == 0) return options_.events_max;
  return std::min(options_.events_max, state_.events_max_learned);
}

void Decision::LoadAfter(Cursors after, SourceId last_source) {
  // What is queued from now on, this load may miss.
  state_.woken = false;
  effects_.push_back(LoadNext{.ticket = Draw(state_.load_ticket),
                              .after = std::move(after),
                              .last_source = last_source,
                              .events_max = EventsMax()});
}

void Decision::LoadOrIdle() {
  if (!state_.woken) {
    state_.phase = Phase::kIdle;
    return;
  }
  state_.phase = Phase::kLoading;
  LoadAfter(state_.head.cursors, state_.last_source);
}

void Decision::LoadBehindSealed() {
  Cursors after = state_.head.cursors;
  after.Set(state_.head.sealed->source_id, state_.head.sealed->last_position);
  LoadAfter(std::move(after), state_.head.sealed->source_id);
}

void Decision::On(const NextLoaded& event) {
  if (!Redeem(state_.load_ticket, event.ticket)) return;
  state_.next = event.cut;
  switch (state_.phase) {
    case Phase::kLoading:
      if (state_.next.has_value()) {
        CommitHead(Phase::kSealing, /*acknowledge=*/false, std::nullopt);
      } else {
        LoadOrIdle();
      }
      break;
    case Phase::kFinishing:
      CommitHead(Phase::kAcknowledging, /*acknowledge=*/true, std::nullopt);
      break;
    case Phase::kReplacing:
      if (state_.next.has_value()) {
        CommitHead(Phase::kSealing, /*acknowledge=*/false, state_.attempts);
      } else {
        // What is sealed is queued; a store that says otherwise is broken, and
        // trying again is all that is safe.
        Fail(AttemptOutcome::kTooLarge);
      }
      break;
    default:
      break;  // kSending: it is ready before it is needed.
  }
}

void Decision::On(const NextNotLoaded& event) {
  if (!Redeem(state_.load_ticket, event.ticket)) return;
  state_.woken = true;  // Whatever is there has not been seen.
  switch (state_.phase) {
    case Phase::kLoading:
      WakeAt(moment_.now + options_.store_retry);
      break;
    case Phase::kFinishing:
      CommitHead(Phase::kAcknowledging, /*acknowledge=*/true, std::nullopt);
      break;
    case Phase::kReplacing:
      Fail(AttemptOutcome::kTooLarge);
      break;
    default:
      break;
  }
}

// --- Changing the head ------------------------------------------------------

void Decision::CommitHead(Phase phase, bool acknowledge,
                          std::optional<int64_t> retired_after_attempts) {
  QueueWrite write;
  write.epoch = state_.epoch;
  write.expected_txn_id = state_.head.txn_id;
  write.expected_sealed = state_.head.sealed.has_value();
  if (acknowledge) {
    const SealedTransaction& sealed = *state_.head.sealed;
    write.acknowledgement = {.source_id = sealed.source_id,
                             .last_position = sealed.last_position,
                             .event_count = sealed.event_count};
  }
  if (state_.next.has_value()) {
    write.seal = SealedTransaction{
        .txn_id = absl::StrCat(state_.nonce, "-", ++state_.ids_drawn),
        .source_id = state_.next->source_id,
        .last_position = state_.next->last_position,
        .event_count = state_.next->event_count,
        .body_sha256 = state_.next->body_sha256,
        .body_format = state_.next->body_format};
  }
  write.retired_after_attempts = retired_after_attempts;
  state_.phase = phase;
  state_.write = write;
  effects_.push_back(
      Write{.ticket = Draw(state_.write_ticket), .write = std::move(write)});
}

void Decision::On(const WriteCommitted& event) {
  if (!Redeem(state_.write_ticket, event.ticket)) return;
  QueueWrite write = std::exchange(state_.write, {});
  if (write.acknowledgement.has_value()) {
    state_.head.cursors.Set(write.acknowledgement->source_id,
                            write.acknowledgement->last_position);
    state_.last_source = write.acknowledgement->source_id;
    state_.failures = 0;
  }
  state_.attempts = 0;
  state_.head.sealed = std::move(write.seal);
  if (EndIfDraining()) return;
  if (!state_.head.sealed.has_value()) {
    LoadOrIdle();
    return;
  }
  state_.head.txn_id = state_.head.sealed->txn_id;
  state_.body = std::move(state_.next->body);
  state_.more = state_.next->full;
  state_.next.reset();
  SendSealed();
}

// Another has taken over, or an earlier write of ours came through late: either
// way what we remember is wrong.
void Decision::On(const WriteRefused& event) {
  if (Redeem(state_.write_ticket, event.ticket)) ReadHeadAgain();
}

void Decision::On(const WriteUnknown& event) {
  if (Redeem(state_.write_ticket, event.ticket)) ReadHeadAgain();
}

// --- Sending what is sealed -------------------------------------------------

void Decision::Rebuild() {
  state_.phase = Phase::kRebuilding;
  effects_.push_back(RebuildSealed{.ticket = Draw(state_.rebuild_ticket),
                                   .sealed = *state_.head.sealed,
                                   .after = state_.head.cursors});
}

void Decision::On(const SealedRebuilt& event) {
  if (!Redeem(state_.rebuild_ticket, event.ticket)) return;
  state_.body = event.body;
  SendSealed();
}

void Decision::On(const SealedNotReproduced& event) {
  if (!Redeem(state_.rebuild_ticket, event.ticket)) return;
  state_.phase = Phase::kBlocked;
  effects_.push_back(RaiseAlarm{.txn_id = state_.head.txn_id});
}

void Decision::On(const SealedNotLoaded& event) {
  if (!Redeem(state_.rebuild_ticket, event.ticket)) return;
  WakeAt(moment_.now + options_.store_retry);
}

void Decision::SendSealed() {
  if (state_.attempt_ticket != 0) {
    state_.phase = Phase::kAwaitingStray;
    return;
  }
  state_.phase = Phase::kSending;
  effects_.push_back(Send{.ticket = Draw(state_.attempt_ticket),
                          .sealed = *state_.head.sealed,
                          .body = state_.body,
                          .attempt = ++state_.attempts});
  if (state_.more || state_.woken) LoadBehindSealed();
}

void Decision::On(const AttemptFinished& event) {
  if (!Redeem(state_.attempt_ticket, event.ticket)) return;
  if (state_.phase == Phase::kAwaitingStray) {
    // Its outcome belongs to another epoch. Repeating is always right.
    SendSealed();
    return;
  }
  if (state_.phase != Phase::kSending) return;
  state_.last_outcome = event.outcome;
  if (event.outcome == AttemptOutcome::kDelivered) {
    Succeed();
  } else if (event.outcome == AttemptOutcome::kTooLarge &&
             state_.head.sealed->event_count > 1) {
    ReplaceBySmaller();
  } else {
    Fail(event.outcome);
  }
}

void Decision::Succeed() {
  state_.body.reset();
  // A cut that was full when it was made is as good as one made now. Of a
  // smaller one more may have come meanwhile; then it's made again, so that a
  // slow application service catches up in full transactions.
  const bool worth_loading = state_.woken && !state_.draining &&
                             !(state_.next.has_value() && state_.next->full);
  if (worth_loading && state_.load_ticket == 0) LoadBehindSealed();
  if (state_.load_ticket != 0) {
    state_.phase = Phase::kFinishing;
    return;
  }
  CommitHead(Phase::kAcknowledging, /*acknowledge=*/true, std::nullopt);
}

void Decision::Fail(AttemptOutcome outcome) {
  if (EndIfDraining()) return;
  // It may take days: bodies are not kept for that, they are made again (P5).
  state_.body.reset();
  state_.next.reset();
  state_.load_ticket = 0;
  state_.more = true;
  state_.last_outcome = outcome;
  ++state_.failures;
  state_.phase = Phase::kBackingOff;
  WakeAt(moment_.now +
         BackoffDelay(options_.backoff, state_.failures, moment_.random));
}

void Decision::ReplaceBySmaller() {
  if (EndIfDraining()) return;
  state_.body.reset();
  state_.next.reset();
  state_.events_max_learned =
      std::max<int32_t>(1, state_.head.sealed->event_count / 2);
  state_.phase = Phase::kReplacing;
  // Of the same source, which going round comes first this way.
  LoadAfter(state_.head.cursors, state_.head.sealed->source_id - 1);
}

}  // namespace causeway::push
