// The front of the sealed list: sending it, and what its answer means.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/decision.h"

namespace causeway::push {

Cursors Decision::BeforeFront() const {
  Cursors cursors = state_.head.cursors;
  for (size_t i = 0; i < front_index(); ++i) {
    const SealedTransaction& sealed = state_.head.sealed[i];
    cursors.Set(sealed.source_id, sealed.last_position);
  }
  return cursors;
}

bool Decision::Expired(const SealedTransaction& sealed) const {
  return state_.settings.on_expiry != OnExpiry::kDeliver &&
         moment_.wall - sealed.publish_time > state_.settings.event_age_max;
}

void Decision::SendFront() {
  const bool attempt_is_out = state_.attempt_ticket != 0;
  if (!MayBegin() || (attempt_is_out && !state_.attempt_is_stray &&
                      !state_.attempt_is_ephemeral)) {
    return;
  }
  while (has_front() && front_index() < SealedMax() &&
         state_.split_ticket == 0 && state_.pieces.empty()) {
    const bool expired = Expired(front());
    if (expired && state_.settings.on_expiry == OnExpiry::kDrop) {
      Settle({.kind = Settlement::Kind::kDropped,
              .reason = "older than the application service is to get"});
      continue;
    }
    if (state_.backing_off) return;
    const auto& body = front_copy().body;
    if (body == nullptr) {
      Rebuild();
      return;
    }
    if (expired) {
      Settle({.kind = Settlement::Kind::kQuarantined,
              .reason = "older than the application service is to get",
              .body = body});
      continue;
    }
    if (PutAsideUncommitted()) return;
    if (attempt_is_out) {  // Never a second one beside it.
      CancelEphemeral();
      return;
    }
    state_.attempt_txn_id = front().txn_id;
    effects_.push_back(Send{.ticket = Draw(state_.attempt_ticket),
                            .sealed = front(),
                            .body = body,
                            .attempt = ++state_.attempts});
    return;
  }
}

// A repeat of what was taken is recognised, so acknowledgements may lag. What
// was put aside wasn't taken: were that forgotten with a lost commit, it would
// be sent again behind what follows it (P2).
bool Decision::PutAsideUncommitted() const {
  return std::any_of(state_.settled.begin(), state_.settled.end(),
                     [](const Settlement& settlement) {
                       return settlement.kind !=
                              Settlement::Kind::kAcknowledged;
                     });
}

// --- Making the sealed bytes again ------------------------------------------

void Decision::Rebuild() {
  if (state_.rebuild_ticket != 0 || !StoreMayBeAsked()) return;
  effects_.push_back(RebuildSealed{.ticket = Draw(state_.rebuild_ticket),
                                   .sealed = front(),
                                   .after = BeforeFront()});
}

void Decision::On(const SealedRebuilt& event) {
  if (!Redeem(state_.rebuild_ticket, event.ticket)) return;
  front_copy().body = event.body;
  state_.not_reproduced = false;
}

// What can't be made again today may be tomorrow: another version is rolled
// back, or a source publishes again what a restored store has lost.
void Decision::Block() {
  state_.not_reproduced = true;
  ++state_.failures;
  state_.backing_off = true;
  state_.ephemeral.Clear();
  state_.send_at = moment_.now + BackoffDelay(options_.backoff, state_.failures,
                                              moment_.random);
  if (std::exchange(state_.alarmed_txn_id, front().txn_id) != front().txn_id) {
    effects_.push_back(RaiseAlarm{.txn_id = front().txn_id});
  }
}

// Perhaps it is what is remembered that is wrong: had an earlier write of ours
// settled it late, its events would be swept by now. If the head, read after
// that, still has it, it is lost indeed.
void Decision::On(const SealedNotReproduced& event) {
  if (!Redeem(state_.rebuild_ticket, event.ticket) &&
      !Redeem(state_.split_ticket, event.ticket)) {
    return;
  }
  std::string txn_id = front().txn_id;
  Forget();
  state_.doubted_txn_id = std::move(txn_id);
}

void Decision::On(const SealedNotLoaded& event) {
  if (Redeem(state_.rebuild_ticket, event.ticket)) {
    RetryStoreLater();
  } else if (Redeem(state_.split_ticket, event.ticket)) {
    // It is the front still: sent again, refused again, and split then.
    RetryStoreLater();
    state_.backing_off = true;
    state_.send_at = state_.store_at;
  }
}

// --- The answer -------------------------------------------------------------

// Its outcome is as that of one whose answer was lost: unknown.
void Decision::CancelAttempt() {
  if (state_.attempt_ticket == 0 || state_.attempt_is_cancelled) return;
  state_.attempt_is_cancelled = true;
  effects_.push_back(push::CancelAttempt{.ticket = state_.attempt_ticket});
}

void Decision::On(const AttemptFinished& event) {
  if (!Redeem(state_.attempt_ticket, event.ticket)) return;
  const bool is_ephemeral = std::exchange(state_.attempt_is_ephemeral, false);
  const bool is_cancelled = std::exchange(state_.attempt_is_cancelled, false);
  if (std::exchange(state_.attempt_is_stray, false)) {
    // Its outcome belongs to another lease or head. Repeating is always right.
    return;
  }
  if (is_ephemeral) {
    if (!is_cancelled && event.outcome != AttemptOutcome::kDelivered) {
      state_.ephemeral_at =
          moment_.now +
          std::max(options_.ephemeral_pause,
                   std::min(event.retry_after, options_.retry_after_max));
    }
    return;
  }
  state_.last_outcome = event.outcome;
  state_.last_error = event.error;
  state_.last_http_status = event.http_status;
  state_.last_answer_excerpt = event.answer_excerpt;
  state_.last_attempt_time = moment_.wall;
  switch (event.outcome) {
    case AttemptOutcome::kDelivered:
      state_.failures = 0;
      state_.ephemeral_at = std::min(state_.ephemeral_at,
                                     moment_.now + options_.ephemeral_interval);
      Settle({});
      // A cut that was full when it was made is as good as one made now. Of a
      // smaller one more may have come meanwhile; then it's made again, so that
      // a slow application service catches up in full transactions. Not while a
      // load is out: what that brings begins behind this cut.
      if (state_.woken && MayBegin() && state_.load_ticket == 0 &&
          !state_.prepared.empty() && !state_.prepared.back().full) {
        state_.prepared.pop_back();
      }
      break;
    case AttemptOutcome::kTooLarge:
      if (front().event_count > 1 || !front().ephemeral.empty()) {
        Split();
      } else {
        Settle({.kind = Settlement::Kind::kQuarantined,
                .reason = "a single event, and refused as too large",
                .body = front_copy().body});
      }
      break;
    case AttemptOutcome::kRejected:
      Reject(event);
      break;
    case AttemptOutcome::kRefused:
    case AttemptOutcome::kFailed:
    case AttemptOutcome::kTimedOut:
    case AttemptOutcome::kCancelled:
      state_.rejections = 0;
      Fail(event);
      break;
  }
}

void Decision::Settle(Settlement settlement) {
  if (settlement.kind != Settlement::Kind::kAcknowledged &&
      state_.attempts > 0) {
    settlement.last_attempt = {.attempts = state_.attempts,
                               .time = state_.last_attempt_time,
                               .http_status = state_.last_http_status,
                               .error = state_.last_error,
                               .answer_excerpt = state_.last_answer_excerpt};
  }
  state_.settled.push_back(std::move(settlement));
  state_.attempts = 0;
  state_.rejections = 0;
  state_.backing_off = false;
  // Of a front that was dropped unsent.
  state_.rebuild_ticket = 0;
  state_.not_reproduced = false;
}

void Decision::Reject(const AttemptFinished& event) {
  if (!front().ephemeral.empty()) {
    // Perhaps for that: events are worth a try without it.
    ReplaceFront();
    return;
  }
  ++state_.rejections;
  const OnRejection on_rejection = state_.settings.on_rejection;
  if (on_rejection == OnRejection::kBlock ||
      state_.rejections < state_.settings.rejections_max) {
    Fail(event);
    return;
  }
  std::string reason =
      absl::StrCat("refused ", state_.rejections, " times: ", event.error);
  if (on_rejection == OnRejection::kSkip) {
    Settle({.kind = Settlement::Kind::kSkipped, .reason = std::move(reason)});
  } else {
    Settle({.kind = Settlement::Kind::kQuarantined,
            .reason = std::move(reason),
            .body = front_copy().body});
  }
}

// Half of what was too much: at least one event fewer goes into each piece, or
// what is ephemeral goes into none.
void Decision::Split() {
  const auto body_bytes = static_cast<int64_t>(front_copy().body->size());
  state_.settings.body_bytes_max_learned =
      std::min(BodyBytesMax(), std::max<int64_t>(1, body_bytes / 2));
  ReplaceFront();
}

void Decision::ReplaceFront() {
  if (state_.draining) return;
  // What was cut by the limit before would be refused as well.
  state_.prepared.clear();
  state_.load_ticket = 0;
  state_.more = true;
  effects_.push_back(SplitSealed{.ticket = Draw(state_.split_ticket),
                                 .sealed = front(),
                                 .after = BeforeFront(),
                                 .body_bytes_max = BodyBytesMax()});
}

void Decision::On(const SealedSplit& event) {
  if (Redeem(state_.split_ticket, event.ticket)) state_.pieces = event.pieces;
}

void Decision::Fail(const AttemptFinished& event) {
  // It may take days: bodies are not kept for that, they are made again (P5).
  for (DeliveryState::Copy& copy : state_.copies) copy.body.reset();
  for (Cut& cut : state_.sealing) cut.body.reset();
  state_.ephemeral.Clear();
  state_.prepared.clear();
  state_.load_ticket = 0;
  state_.more = true;
  ++state_.failures;
  state_.backing_off = true;
  const absl::Duration delay =
      BackoffDelay(options_.backoff, state_.failures, moment_.random);
  const absl::Duration asked =
      std::min(event.retry_after, options_.retry_after_max);
  state_.asked_until = moment_.now + asked;
  state_.send_at = moment_.now + std::max(delay, asked);
}

}  // namespace causeway::push
