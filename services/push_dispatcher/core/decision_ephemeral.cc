// Ephemeral data: riding along with events, and alone.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/decision.h"

namespace causeway::push {
namespace {

// More than a body without any item has.
constexpr int64_t kFrameBytes = 100;

}  // namespace

void Decision::On(const EphemeralQueued& event) {
  if (!state_.head_known || state_.backing_off || !MayBegin()) {
    state_.ephemeral.Refuse(event.items.size());
    return;
  }
  for (const auto& item : event.items) state_.ephemeral.Add(item);
}

// Each stands in the body twice.
int64_t Decision::EphemeralBytesMax(int64_t bytes_max) const {
  return std::min(bytes_max, (BodyBytesMax() - kFrameBytes) / 2);
}

void Decision::TakeEphemeralAlong(LoadNext& load) {
  const bool carried =
      std::any_of(state_.prepared.begin(), state_.prepared.end(),
                  [](const Cut& cut) { return !cut.ephemeral.empty(); });
  if (carried || state_.ephemeral.empty()) return;
  EphemeralBuffer::Batch batch = state_.ephemeral.Oldest(
      EphemeralBytesMax(options_.ephemeral_sealed_bytes_max));
  load.ephemeral = std::move(batch.events);
  state_.ephemeral_end = batch.last;
}

// As far as is known: what is queued on another replica, that one tells.
bool Decision::OnlyEphemeralWaits() const {
  return MayBegin() && !state_.backing_off && !state_.ephemeral.empty() &&
         state_.head.sealed.empty() && state_.prepared.empty() &&
         !state_.more && !state_.woken && state_.load_ticket == 0 &&
         state_.write_ticket == 0 && state_.attempt_ticket == 0;
}

void Decision::SendEphemeralAlone() {
  if (!OnlyEphemeralWaits() || moment_.now < state_.ephemeral_at) return;
  const EphemeralBuffer::Batch batch = state_.ephemeral.Oldest(
      EphemeralBytesMax(options_.ephemeral_alone_bytes_max));
  if (batch.events.empty()) return;  // None of it fits, and it is gone.
  TransactionBody body({.events_max = 0, .body_bytes_max = BodyBytesMax()});
  body.AddEphemeral(batch.events);
  state_.ephemeral.Remove(batch.last, &EphemeralCounts::sent_alone);
  state_.ephemeral_at = moment_.now + options_.ephemeral_interval;
  state_.attempt_is_ephemeral = true;
  state_.attempt_txn_id = NextId();
  effects_.push_back(SendEphemeral{.ticket = Draw(state_.attempt_ticket),
                                   .txn_id = state_.attempt_txn_id,
                                   .body = body.Finish()});
}

void Decision::CancelEphemeral() {
  if (state_.attempt_is_ephemeral) CancelAttempt();
}

}  // namespace causeway::push
