#include "tests/simulation/coverage.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"

namespace causeway::push::simulation {
namespace {

// In the order of the variants.
constexpr absl::string_view kEventNames[] = {"lease_acquired",
                                             "lease_lost",
                                             "drain",
                                             "woken",
                                             "retry_now",
                                             "sign_of_life",
                                             "ephemeral_queued",
                                             "timer_fired",
                                             "next_loaded",
                                             "next_not_loaded",
                                             "sealed_rebuilt",
                                             "sealed_split",
                                             "sealed_not_reproduced",
                                             "sealed_not_loaded",
                                             "write_committed",
                                             "write_refused",
                                             "write_unknown",
                                             "head_read",
                                             "head_not_read",
                                             "attempt_finished"};
static_assert(std::size(kEventNames) == std::variant_size_v<DeliveryEvent>);

constexpr absl::string_view kEffectNames[] = {
    "load_next", "rebuild_sealed", "split_sealed",   "write",
    "read_head", "send",           "send_ephemeral", "cancel_attempt",
    "set_timer", "raise_alarm"};
static_assert(std::size(kEffectNames) == std::variant_size_v<DeliveryEffect>);

constexpr absl::string_view kFaultNames[] = {"store_request_lost",
                                             "store_answer_lost",
                                             "commit_late",
                                             "commit_twice",
                                             "store_outage",
                                             "store_restored",
                                             "crash",
                                             "crash_before_write",
                                             "crash_after_write",
                                             "pause",
                                             "cut_off",
                                             "store_silent",
                                             "drain",
                                             "new_version",
                                             "slow",
                                             "server_error",
                                             "too_many_requests",
                                             "rejection",
                                             "refusal",
                                             "too_large",
                                             "unreachable",
                                             "dropped_after_reading",
                                             "reply_lost",
                                             "hang",
                                             "request_late",
                                             "registration_change",
                                             "operator_act",
                                             "publish_answer_lost",
                                             "publish_overlap",
                                             "source_restored",
                                             "source_diverged",
                                             "source_restarted",
                                             "source_not_opened",
                                             "replay",
                                             "range_replay",
                                             "move_to_now",
                                             "transaction_repeated",
                                             "transaction_changed",
                                             "transaction_ids_begun_anew"};
static_assert(std::size(kFaultNames) == kFaultCount);

constexpr absl::string_view kSpaceStepNames[] = {
    "opened", "dropped", "moved_and_dropped", "deleted_one_by_one"};
static_assert(std::size(kSpaceStepNames) == kSpaceStepCount);

constexpr absl::string_view kStoreWriteNames[] = {
    "events",  "head",    "epoch",         "entering",    "renewal",
    "leaving", "release", "registrations", "incarnation", "space"};
static_assert(std::size(kStoreWriteNames) == kStoreWriteCount);

std::string Line(absl::string_view what, absl::Span<const std::string> parts) {
  return absl::StrCat(what, ": ", absl::StrJoin(parts, ", "), "\n");
}

}  // namespace

absl::string_view FaultName(Fault fault) {
  return kFaultNames[static_cast<size_t>(fault)];
}

absl::string_view EventName(const DeliveryEvent& event) {
  return kEventNames[event.index()];
}

absl::string_view EffectName(const DeliveryEffect& effect) {
  return kEffectNames[effect.index()];
}

void Coverage::EndSchedule() {
  for (size_t a = 0; a < kFaultCount; ++a) {
    if (!of_schedule_.test(a)) continue;
    for (size_t b = a + 1; b < kFaultCount; ++b) {
      if (of_schedule_.test(b)) ++pairs_[a][b];
    }
  }
}

void Coverage::Add(const Coverage& other) {
  const auto add = [](auto& to, const auto& from) {
    for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  };
  add(events_, other.events_);
  add(effects_, other.effects_);
  add(phases_, other.phases_);
  add(space_steps_, other.space_steps_);
  hand_overs_ += other.hand_overs_;
  add(crashes_before_, other.crashes_before_);
  add(crashes_after_, other.crashes_after_);
  add(faults_, other.faults_);
  for (size_t a = 0; a < kFaultCount; ++a) add(pairs_[a], other.pairs_[a]);
}

std::string Coverage::Report() const {
  std::vector<std::string> phases, effects, events, space, faults, crashes;
  for (size_t i = 0; i < kPhaseCount; ++i) {
    phases.push_back(
        absl::StrCat(PhaseName(static_cast<Phase>(i)), " ", phases_[i]));
  }
  for (size_t i = 0; i < effects_.size(); ++i) {
    effects.push_back(absl::StrCat(kEffectNames[i], " ", effects_[i]));
  }
  for (size_t i = 0; i < events_.size(); ++i) {
    events.push_back(absl::StrCat(kEventNames[i], " ", events_[i]));
  }
  for (size_t i = 0; i < kSpaceStepCount; ++i) {
    space.push_back(absl::StrCat(kSpaceStepNames[i], " ", space_steps_[i]));
  }
  for (size_t i = 0; i < kFaultCount; ++i) {
    faults.push_back(absl::StrCat(kFaultNames[i], " ", faults_[i]));
  }
  for (size_t i = 0; i < kStoreWriteCount; ++i) {
    crashes.push_back(absl::StrCat(kStoreWriteNames[i], " ", crashes_before_[i],
                                   " and ", crashes_after_[i]));
  }
  return absl::StrCat("hand-overs: ", hand_overs_, "\n", Line("phases", phases),
                      Line("effects", effects), Line("events", events),
                      Line("generations", space), Line("faults", faults),
                      Line("crashes before and after writes", crashes),
                      Unreached());
}

std::string Coverage::Unreached() const {
  std::vector<std::string> parts;
  for (size_t i = 0; i < kPhaseCount; ++i) {
    if (phases_[i] > 0) continue;
    parts.push_back(absl::StrCat("phase ", PhaseName(static_cast<Phase>(i))));
  }
  for (size_t i = 0; i < effects_.size(); ++i) {
    if (effects_[i] == 0)
      parts.push_back(absl::StrCat("effect ", kEffectNames[i]));
  }
  for (size_t i = 0; i < events_.size(); ++i) {
    if (events_[i] == 0)
      parts.push_back(absl::StrCat("event ", kEventNames[i]));
  }
  for (size_t i = 0; i < kSpaceStepCount; ++i) {
    if (space_steps_[i] == 0)
      parts.push_back(absl::StrCat("generation ", kSpaceStepNames[i]));
  }
  for (size_t i = 0; i < kFaultCount; ++i) {
    if (faults_[i] == 0)
      parts.push_back(absl::StrCat("fault ", kFaultNames[i]));
  }
  for (size_t i = 0; i < kStoreWriteCount; ++i) {
    if (crashes_before_[i] == 0)
      parts.push_back(absl::StrCat("crash before ", kStoreWriteNames[i]));
    if (crashes_after_[i] == 0)
      parts.push_back(absl::StrCat("crash after ", kStoreWriteNames[i]));
  }
  if (hand_overs_ == 0) parts.push_back("hand-over");
  size_t pair_count = 0;
  std::vector<std::string> pairs;
  for (size_t a = 0; a < kFaultCount; ++a) {
    for (size_t b = a + 1; b < kFaultCount; ++b) {
      ++pair_count;
      if (pairs_[a][b] > 0) continue;
      pairs.push_back(absl::StrCat(kFaultNames[a], "+", kFaultNames[b]));
    }
  }
  return absl::StrCat(
      "fault pairs in one schedule: ", pair_count - pairs.size(), " of ",
      pair_count, pairs.empty() ? "" : "; not: ", absl::StrJoin(pairs, ", "),
      "\nnot reached: ", parts.empty() ? "nothing" : absl::StrJoin(parts, ", "),
      "\n");
}

}  // namespace causeway::push::simulation
