// From the queue to the sealed list: cutting what is next, and committing both
// it and what became of what was sent.
#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/decision.h"

namespace causeway::push {
namespace {

void Advance(Cursors& cursors, const SealedTransaction& sealed) {
  cursors.Set(sealed.source_id, sealed.last_position);
}

void Advance(Cursors& cursors, const Cut& cut) {
  cursors.Set(cut.source_id, cut.last_position);
}

}  // namespace

// --- Cutting the next transactions ------------------------------------------

int64_t Decision::BodyBytesMax() const {
  const int64_t learned = state_.settings.body_bytes_max_learned;
  const int64_t configured = options_.limits.body_bytes_max;
  return learned == 0 ? configured : std::min(configured, learned);
}

Cursors Decision::BehindPrepared() const {
  Cursors cursors = state_.head.cursors;
  for (const SealedTransaction& sealed : state_.head.sealed) {
    Advance(cursors, sealed);
  }
  for (const Cut& cut : state_.sealing) Advance(cursors, cut);
  for (const Cut& cut : state_.prepared) Advance(cursors, cut);
  return cursors;
}

// While the front is being sent, so that what follows is ready before it is
// needed. Not while backing off: that may take days, and what is read meanwhile
// would only be held (P5).
void Decision::Load() {
  if (!MayBegin() || state_.backing_off || state_.not_reproduced ||
      !StoreMayBeAsked() || state_.load_ticket != 0 ||
      state_.split_ticket != 0 || !state_.pieces.empty() ||
      state_.prepared.size() >= SealedMax() || !(state_.more || state_.woken)) {
    return;
  }
  // What is queued from now on, this load may miss.
  state_.woken = false;
  LoadNext load = {
      .ticket = Draw(state_.load_ticket),
      .after = BehindPrepared(),
      .last_source = state_.last_source,
      .events_max = options_.limits.events_max,
      .body_bytes_max = BodyBytesMax(),
      .cuts_max = static_cast<int32_t>(SealedMax() - state_.prepared.size()),
      .expired_before = state_.settings.on_expiry == OnExpiry::kDeliver
                            ? absl::InfinitePast()
                            : moment_.wall - state_.settings.event_age_max};
  TakeEphemeralAlong(load);
  effects_.push_back(std::move(load));
}

void Decision::On(const NextLoaded& event) {
  if (!Redeem(state_.load_ticket, event.ticket)) return;
  state_.load_error.clear();
  state_.more = event.more;
  if (!event.cuts.empty()) state_.last_source = event.cuts.back().source_id;
  std::copy(event.cuts.begin(), event.cuts.end(),
            std::back_inserter(state_.prepared));
}

void Decision::On(const NextNotLoaded& event) {
  if (!Redeem(state_.load_ticket, event.ticket)) return;
  state_.woken = true;  // Whatever is there has not been seen.
  state_.load_error = event.error;
  RetryStoreLater();
}

// --- Changing the head ------------------------------------------------------

void Decision::Commit() {
  if (state_.write_ticket != 0) return;
  size_t seal_count = 0;
  if (state_.pieces.empty() && MayBegin() && !state_.backing_off) {
    const size_t unsettled = state_.head.sealed.size() - state_.settled.size();
    const size_t room = SealedMax() > unsettled ? SealedMax() - unsettled : 0;
    seal_count = std::min(room, state_.prepared.size());
    // One write for the settlement and the next seal: a cut that is on its way
    // is worth waiting for.
    if (seal_count == 0 && room > 0 && state_.load_ticket != 0) return;
  }
  if (state_.settled.empty() && seal_count == 0 && state_.pieces.empty()) {
    return;
  }
  CommitHead(seal_count);
}

std::string Decision::NextId() {
  return absl::StrCat(state_.nonce, "-", ++state_.ids_drawn);
}

SealedTransaction Decision::Seal(const Cut& cut) {
  return {.txn_id = NextId(),
          .source_id = cut.source_id,
          .last_position = cut.last_position,
          .event_count = cut.event_count,
          .body_sha256 = cut.body_sha256,
          .body_format = cut.body_format,
          .publish_time = cut.publish_time,
          .ephemeral = cut.ephemeral};
}

void Decision::CommitHead(size_t seal_count) {
  const QueueHead& head = state_.head;
  QueueWrite write;
  write.epoch = state_.epoch;
  write.nonce = state_.nonce;
  write.expected_txn_id = head.txn_id;
  write.expected_sealed_count = static_cast<int32_t>(head.sealed.size());
  write.after.txn_id = head.txn_id;
  write.after.cursors = BeforeFront();
  for (size_t i = 0; i < state_.settled.size(); ++i) {
    write.settled.push_back({head.sealed[i], state_.settled[i]});
  }
  auto rest = head.sealed.begin() + static_cast<ptrdiff_t>(front_index());
  auto seal = [&](const Cut& cut) {
    write.after.sealed.push_back(Seal(cut));
    write.after.txn_id = write.after.sealed.back().txn_id;
  };
  if (!state_.pieces.empty()) {
    write.retired = {
        .txn_id = rest->txn_id,
        .attempts = state_.attempts,
        .possibly_taken = state_.attempts > 1 || front_copy().inherited,
        .body_bytes_max_learned = state_.settings.body_bytes_max_learned,
        .too_large = state_.last_outcome == AttemptOutcome::kTooLarge};
    for (const Cut& piece : state_.pieces) seal(piece);
    ++rest;
  }
  std::copy(rest, head.sealed.end(), std::back_inserter(write.after.sealed));
  const auto sealing_end =
      state_.prepared.begin() + static_cast<ptrdiff_t>(seal_count);
  state_.sealing.assign(std::make_move_iterator(state_.prepared.begin()),
                        std::make_move_iterator(sealing_end));
  state_.prepared.erase(state_.prepared.begin(), sealing_end);
  for (const Cut& cut : state_.sealing) {
    seal(cut);
    if (!cut.ephemeral.empty()) {
      state_.ephemeral.Remove(state_.ephemeral_end,
                              &EphemeralCounts::rode_along);
    }
  }
  state_.write = write;
  effects_.push_back(
      Write{.ticket = Draw(state_.write_ticket), .write = std::move(write)});
}

void Decision::On(const WriteCommitted& event) {
  if (!Redeem(state_.write_ticket, event.ticket)) return;
  QueueWrite write = std::exchange(state_.write, {});
  const auto settled_count = static_cast<ptrdiff_t>(write.settled.size());
  auto& copies = state_.copies;
  copies.erase(copies.begin(), copies.begin() + settled_count);
  state_.settled.erase(state_.settled.begin(),
                       state_.settled.begin() + settled_count);
  if (write.retired.has_value()) {
    // Nothing was settled while the front was being replaced, so it is first.
    copies.erase(copies.begin());
    for (size_t i = 0; i < state_.pieces.size(); ++i) {
      copies.insert(copies.begin() + static_cast<ptrdiff_t>(i),
                    {.body = std::move(state_.pieces[i].body)});
    }
    state_.pieces.clear();
    state_.attempts = 0;
  }
  for (Cut& cut : state_.sealing) {
    copies.push_back({.body = std::move(cut.body)});
  }
  state_.sealing.clear();
  state_.head = std::move(write.after);
}

// Another has taken over, or an earlier write of ours came through late: either
// way what we remember is wrong.
void Decision::On(const WriteRefused& event) {
  if (Redeem(state_.write_ticket, event.ticket)) Forget();
}

void Decision::On(const WriteUnknown& event) {
  if (Redeem(state_.write_ticket, event.ticket)) Forget();
}

}  // namespace causeway::push
