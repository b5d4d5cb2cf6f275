// Deciding, reading and writing. Sending is in sim_delivery_sending.cc.
#include "tests/simulation/sim_delivery.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "absl/strings/str_cat.h"

namespace causeway::push::simulation {
namespace {

using enum PlantedFault;

constexpr Ticket kTicketsPerRunner = Ticket{1} << 40;

}  // namespace

DeliveryOptions SmallDeliveryOptions() {
  DeliveryOptions options;
  options.limits = {.events_max = 6, .body_bytes_max = 300};
  options.sealed_ahead_max = 4;
  options.backoff = {.min = absl::Milliseconds(500), .max = absl::Seconds(12)};
  options.retry_after_max = absl::Seconds(15);
  options.ephemeral_sealed_bytes_max = 60;
  options.ephemeral_alone_bytes_max = 90;
  options.ephemeral_pause = absl::Seconds(3);
  return options;
}

SimDelivery::SimDelivery(const DeliveryOptions& options, PlantedFault fault,
                         bool other_bytes, SimStore& store, SimProcess& process,
                         SimClock& clock, Coverage& coverage, History& history,
                         FindAppservice find_appservice)
    : options_(options),
      fault_(fault),
      store_(store),
      process_(process),
      clock_(clock),
      coverage_(coverage),
      history_(history),
      find_appservice_(std::move(find_appservice)),
      reader_(fault, other_bytes, store) {}

void SimDelivery::Tell(AppserviceUid uid, const DeliveryEvent& event) {
  auto found = runners_.find(uid);
  if (found == runners_.end()) {
    if (!std::holds_alternative<LeaseAcquired>(event)) return;
    found = runners_.try_emplace(uid).first;
    found->second.state.last_ticket = first_ticket_;
    first_ticket_ += kTicketsPerRunner;
  }
  if (fault_ == kWakeLost && std::holds_alternative<Woken>(event) &&
      clock_.chance().OneIn(2)) {
    return;
  }
  Runner& runner = found->second;
  if (fault_ == kStrayForgotten &&
      std::holds_alternative<LeaseAcquired>(event)) {
    runner.state.attempt_ticket = 0;
  }
  coverage_.Reached(event);
  if (fault_ == kBodiesKeptBackingOff) {
    runner.kept.clear();
    for (const auto& copy : runner.state.copies)
      runner.kept.push_back(copy.body);
  }
  const bool was_ours = runner.state.epoch != 0;
  const std::vector<DeliveryEffect> effects =
      Decide(options_, runner.state, event,
             {.now = clock_.now(),
              .wall = absl::UnixEpoch() + clock_.now(),
              .random = clock_.chance().Unit()});
  if (was_ours && runner.state.epoch == 0) {
    history_.let_go.push_back({uid, process_.incarnation(), clock_.now()});
  }
  coverage_.Reached(PhaseOf(runner.state));
  if (clock_.tracing()) TraceDecision(uid, event, runner.state, effects);
  MeasureHeld(runner);
  const int64_t start = process_.start();
  for (const DeliveryEffect& effect : effects) {
    // It may end on the way, and `runner` with it.
    if (!process_.running() || process_.start() != start) return;
    coverage_.Reached(effect);
    std::visit([&](const auto& e) { Do(uid, e); }, effect);
  }
  found = runners_.find(uid);
  if (found != runners_.end() && found->second.state.epoch == 0 &&
      found->second.state.attempt_ticket == 0) {
    runners_.erase(found);
  }
}

void SimDelivery::TraceDecision(AppserviceUid uid, const DeliveryEvent& event,
                                const DeliveryState& state,
                                const std::vector<DeliveryEffect>& effects) {
  std::string text =
      absl::StrCat(process_.incarnation(), " uid ", uid, ": ", EventName(event),
                   " -> ", PhaseName(PhaseOf(state)));
  for (const DeliveryEffect& effect : effects) {
    absl::StrAppend(&text, ", ", EffectName(effect));
    if (const auto* write = std::get_if<push::Write>(&effect)) {
      for (const auto& settled : write->write.settled) {
        absl::StrAppend(&text, " settled ", settled.sealed.txn_id);
      }
      for (const auto& sealed : write->write.after.sealed) {
        absl::StrAppend(&text, " sealed ", sealed.txn_id, " to ",
                        sealed.source_id, ":", sealed.last_position);
      }
    }
  }
  clock_.Trace(text);
}

void SimDelivery::TellAll(const DeliveryEvent& event) {
  std::vector<AppserviceUid> uids;
  for (const auto& [uid, runner] : runners_) uids.push_back(uid);
  for (AppserviceUid uid : uids) Tell(uid, event);
}

void SimDelivery::Forget() {
  TellAll(LeaseLost{});
  reader_.Forget();
}

std::vector<HeldQueue> SimDelivery::Held() const {
  std::vector<HeldQueue> held;
  for (const auto& [uid, runner] : runners_) {
    if (runner.state.epoch != 0)
      held.push_back({uid, runner.state.epoch, runner.state.nonce});
  }
  return held;
}

// Whichever: the order is of no consequence for what is promised.
std::vector<HeldQueue> SimDelivery::LetGo(size_t count) {
  std::vector<HeldQueue> chosen;
  for (const auto& [uid, runner] : runners_) {
    if (chosen.size() == count) break;
    if (runner.state.epoch == 0 || runner.state.draining) continue;
    chosen.push_back({uid, runner.state.epoch, runner.state.nonce});
  }
  for (const HeldQueue& queue : chosen) Tell(queue.uid, Drain{});
  return chosen;
}

bool SimDelivery::Blocked(AppserviceUid uid) const {
  const auto found = runners_.find(uid);
  return found != runners_.end() && found->second.state.not_reproduced;
}

void SimDelivery::MeasureHeld(Runner& runner) {
  DeliveryState& state = runner.state;
  if (fault_ == kBodiesKeptBackingOff && state.backing_off) {
    for (size_t i = 0; i < std::min(state.copies.size(), runner.kept.size());
         ++i) {
      if (state.copies[i].body == nullptr) {
        state.copies[i].body = runner.kept[i];
      }
    }
  }
  int64_t bytes = 0;
  auto add = [&](const std::shared_ptr<const std::string>& body) {
    if (body != nullptr) bytes += static_cast<int64_t>(body->size());
  };
  for (const DeliveryState::Copy& copy : state.copies) add(copy.body);
  for (const std::vector<Cut>* cuts :
       {&state.prepared, &state.pieces, &state.sealing}) {
    for (const Cut& cut : *cuts) add(cut.body);
  }
  history_.held_bytes_max = std::max(history_.held_bytes_max, bytes);
  bytes += state.ephemeral.bytes();
  // For the second until a store that is away may be asked again, the front's
  // stay.
  const bool soon = state.store_at > clock_.now();
  if (state.backing_off && !soon) {
    history_.held_backing_off_bytes_max =
        std::max(history_.held_backing_off_bytes_max, bytes);
  }
}

// --- Reading ----------------------------------------------------------------

void SimDelivery::Read(AppserviceUid uid, std::function<DeliveryEvent()> look,
                       DeliveryEvent away) {
  auto seen = std::make_shared<std::optional<DeliveryEvent>>();
  process_.Read([seen, look = std::move(look)] { *seen = look(); },
                [this, uid, seen, away = std::move(away)](bool done) {
                  Tell(uid, done ? **seen : away);
                });
}

void SimDelivery::Do(AppserviceUid uid, const LoadNext& effect) {
  Read(
      uid, [this, uid, effect] { return reader_.Load(uid, effect); },
      NextNotLoaded{effect.ticket});
}

void SimDelivery::Do(AppserviceUid uid, const RebuildSealed& effect) {
  Read(
      uid, [this, uid, effect] { return reader_.Rebuild(uid, effect); },
      SealedNotLoaded{effect.ticket});
}

void SimDelivery::Do(AppserviceUid uid, const SplitSealed& effect) {
  Read(
      uid, [this, uid, effect] { return reader_.Split(uid, effect); },
      SealedNotLoaded{effect.ticket});
}

void SimDelivery::Do(AppserviceUid uid, const ReadHead& effect) {
  auto read = std::make_shared<HeadRead>();
  process_.Write(
      StoreWrite::kEpoch,
      [this, uid, effect, read] {
        *read = store_.ReadHead(uid, effect, clock_.now());
      },
      [this, uid, read, ticket = effect.ticket](bool done) {
        Tell(uid, done ? DeliveryEvent(*read) : HeadNotRead{ticket});
      });
}

// --- Writing ----------------------------------------------------------------

void SimDelivery::PlantInWrite(AppserviceUid uid, const push::Write& effect,
                               QueueWrite& write) {
  Runner& runner = runners_.at(uid);
  std::vector<SealedTransaction>& sealed = write.after.sealed;
  if (fault_ == kCursorTooFar && !write.settled.empty()) {
    const SourceId source_id = write.settled.back().sealed.source_id;
    write.after.cursors.Set(source_id, write.after.cursors.Get(source_id) + 1);
  }
  if (fault_ == kCursorNotMoved && !write.settled.empty()) {
    write.after.cursors = store_.tables().queues.contains(uid)
                              ? store_.tables().queues.at(uid).head.cursors
                              : Cursors();
  }
  if (fault_ == kSettledOutOfOrder && write.settled.size() == 1 &&
      !sealed.empty() && !runner.state.head.sealed.empty() &&
      runner.state.head.sealed.size() > 1) {
    // The second is gone, the first stays.
    sealed.front() = write.settled.front().sealed;
  }
  if (fault_ == kReplayReusesId && !sealed.empty() &&
      write.after.txn_id != write.expected_txn_id) {
    const auto source = store_.tables().sources.find(kReplaySource);
    for (const KeptTransaction& kept : store_.tables().set_aside) {
      const SetAsideTransaction& transaction = kept.record.transaction;
      if (kept.uid == uid && transaction.replay_time.has_value() &&
          source != store_.tables().sources.end() &&
          sealed.back().source_id == source->second.id) {
        sealed.back().txn_id = transaction.sealed.txn_id;
        write.after.txn_id = transaction.sealed.txn_id;
      }
    }
  }
  if (fault_ == kEphemeralNotSealed) {
    for (SealedTransaction& transaction : sealed) transaction.ephemeral.clear();
  }
  if (fault_ == kSendBeforeSeal && runner.state.head.sealed.empty() &&
      !runner.state.sealing.empty() && !sealed.empty() &&
      runner.state.sealing.front().body != nullptr) {
    Put(uid, sealed.front().txn_id, runner.state.sealing.front().body,
        [](auto) {});
  }
  if (fault_ == kSendBeforeAcknowledgement && !write.settled.empty()) {
    process_.After(absl::ZeroDuration(), [this, uid, ticket = effect.ticket] {
      Tell(uid, WriteCommitted{ticket});
    });
  }
}

void SimDelivery::Do(AppserviceUid uid, const push::Write& effect) {
  QueueWrite write = effect.write;
  PlantInWrite(uid, effect, write);
  if (fault_ == kSealNotWritten &&
      write.after.txn_id != write.expected_txn_id && clock_.chance().OneIn(3)) {
    process_.After(absl::Milliseconds(5), [this, uid, ticket = effect.ticket] {
      Tell(uid, WriteCommitted{ticket});
    });
    return;
  }
  auto applied = std::make_shared<bool>(false);
  process_.Write(
      StoreWrite::kHead,
      [this, uid, applied, write = std::move(write)] {
        *applied = store_.Write(uid, write, clock_.now());
      },
      [this, uid, applied, ticket = effect.ticket](bool done) {
        if (!done) {
          Tell(uid, WriteUnknown{ticket});
        } else if (*applied) {
          Tell(uid, WriteCommitted{ticket});
        } else {
          Tell(uid, WriteRefused{ticket});
        }
      });
}

// --- Time, and operators ----------------------------------------------------

void SimDelivery::Do(AppserviceUid uid, const SetTimer& effect) {
  const int64_t timer = ++runners_.at(uid).timer;
  process_.After(
      std::max(effect.at - clock_.now(), absl::ZeroDuration()),
      [this, uid, timer] {
        const auto runner = runners_.find(uid);
        if (runner == runners_.end() || runner->second.timer != timer) {
          return;
        }
        Tell(uid, TimerFired{});
      });
}

void SimDelivery::Do(AppserviceUid uid, const RaiseAlarm& effect) {
  clock_.Trace(process_.name(), ": uid ", uid, " can't make ", effect.txn_id,
               " again");
}

}  // namespace causeway::push::simulation
