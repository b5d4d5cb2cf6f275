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

SimDelivery::SimDelivery(const DeliveryOptions& options, PlantedFault fault,
                         bool other_bytes, SimStore& store, SimProcess& process,
                         SimClock& clock, Coverage& coverage, History& history,
                         FindAppservice find_appservice,
                         AroundWrite around_write)
    : options_(options),
      fault_(fault),
      store_(store),
      process_(process),
      clock_(clock),
      coverage_(coverage),
      history_(history),
      find_appservice_(std::move(find_appservice)),
      around_write_(std::move(around_write)),
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
  const std::vector<DeliveryEffect> effects =
      Decide(options_, runner.state, event,
             {.now = clock_.now(),
              .wall = absl::UnixEpoch() + clock_.now(),
              .random = clock_.chance().Unit()});
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

void SimDelivery::Ask(StoreAccess::Kind kind, AppserviceUid uid,
                      std::function<DeliveryEvent()> ask, DeliveryEvent away) {
  auto seen = std::make_shared<std::optional<DeliveryEvent>>();
  process_.Submit(
      kind, [seen, ask = std::move(ask)] { *seen = ask(); },
      [this, uid, seen, away = std::move(away)](bool done) {
        Tell(uid, done ? **seen : away);
      });
}

void SimDelivery::Read(AppserviceUid uid, std::function<DeliveryEvent()> look,
                       DeliveryEvent away) {
  Ask(StoreAccess::Kind::kRead, uid, std::move(look), std::move(away));
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
  Ask(
      StoreAccess::Kind::kWrite, uid,
      [this, uid, effect] {
        return store_.ReadHead(uid, effect, clock_.now());
      },
      HeadNotRead{effect.ticket});
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
  const int64_t start = process_.start();
  around_write_(true);
  if (!process_.running() || process_.start() != start) return;
  auto applied = std::make_shared<bool>(false);
  process_.Submit(
      StoreAccess::Kind::kWrite,
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
  around_write_(false);
}

// --- Sending ----------------------------------------------------------------

simulation::Put::Standing SimDelivery::StandingFor(AppserviceUid uid,
                                                   const std::string& txn_id,
                                                   bool is_ephemeral) const {
  const auto& queues = store_.tables().queues;
  const auto row = queues.find(uid);
  const auto runner = runners_.find(uid);
  if (row == queues.end() || runner == runners_.end()) {
    return Put::Standing::kOutdated;
  }
  const bool owns = row->second.owner == process_.name() &&
                    row->second.owner_incarnation == process_.incarnation() &&
                    row->second.epoch == runner->second.state.epoch &&
                    row->second.nonce == runner->second.state.nonce;
  if (!owns) {
    return renewed_at_ > row->second.changed_at ? Put::Standing::kUsurper
                                                : Put::Standing::kOutdated;
  }
  if (is_ephemeral) return Put::Standing::kOwner;
  auto is_txn = [&](const auto& record) { return record.txn_id == txn_id; };
  const auto& sealed = row->second.head.sealed;
  // Only who remembers a later state that a restore has undone takes the second
  // for the first.
  if (!history_.restores.empty() && !sealed.empty() &&
      !is_txn(sealed.front()) && !row->second.settings.remembers_every_id) {
    return Put::Standing::kOutdated;
  }
  if (std::any_of(sealed.begin(), sealed.end(), is_txn)) {
    return Put::Standing::kOwner;
  }
  // A late commit may have settled it, or a restore have undone its seal.
  const bool settled =
      std::any_of(history_.settled.begin(), history_.settled.end(), is_txn);
  return settled || !history_.restores.empty() ? Put::Standing::kOutdated
                                               : Put::Standing::kUnsealed;
}

std::function<void()> SimDelivery::Put(
    AppserviceUid uid, const std::string& txn_id,
    std::shared_ptr<const std::string> body,
    std::function<void(SimAppservice::Answer)> answer, bool is_ephemeral) {
  SimAppservice* appservice = find_appservice_(uid);
  if (appservice == nullptr) {
    process_.After(absl::ZeroDuration(), [answer = std::move(answer)] {
      answer({AttemptOutcome::kFailed, {}});
    });
    return [] {};
  }
  auto in_process = [this, start = process_.start(),
                     answer = std::move(answer)](SimAppservice::Answer result) {
    if (process_.start() != start) return;
    process_.In([answer, result] { answer(result); })();
  };
  const auto call =
      appservice->Put({.uid = uid,
                       .txn_id = txn_id,
                       .body = std::move(body),
                       .sender = process_.incarnation(),
                       .standing = StandingFor(uid, txn_id, is_ephemeral),
                       .is_ephemeral = is_ephemeral},
                      std::move(in_process));
  if (!is_ephemeral) return nullptr;
  return [appservice, call] { appservice->Cancel(*call); };
}

void SimDelivery::Do(AppserviceUid uid, const Send& effect) {
  std::shared_ptr<const std::string> body = effect.body;
  if (fault_ == kRetryCoalesced &&
      (effect.attempt > 1 || runners_.at(uid).state.copies.front().inherited)) {
    const auto more = reader_.OneBehind(uid, effect.sealed);
    if (more.has_value()) {
      body = std::make_shared<const std::string>(
          absl::StrCat(body->substr(0, body->rfind("]}")), ",", *more, "]}"));
    }
  }
  auto send = [this, uid, effect, body] {
    Put(uid, effect.sealed.txn_id, body,
        [this, uid, ticket = effect.ticket](SimAppservice::Answer answer) {
          if (fault_ == kErrorTakenForSuccess &&
              answer.outcome == AttemptOutcome::kFailed) {
            answer.outcome = AttemptOutcome::kDelivered;
          }
          Tell(uid, AttemptFinished{ticket, answer.outcome, answer.retry_after,
                                    std::string(OutcomeName(answer.outcome))});
          if (fault_ != kHangingBlocksOthers) return;
          connection_busy_ = false;
          if (waiting_sends_.empty()) return;
          const auto next = std::move(waiting_sends_.front());
          waiting_sends_.pop_front();
          connection_busy_ = true;
          next();
        });
  };
  if (fault_ == kHangingBlocksOthers && connection_busy_) {
    waiting_sends_.push_back(send);
    return;
  }
  connection_busy_ = true;
  send();
}

void SimDelivery::Do(AppserviceUid uid, const SendEphemeral& effect) {
  Runner& runner = runners_.at(uid);
  if (fault_ == kEphemeralIdReused) --runner.state.ids_drawn;
  runner.cancel_ephemeral = Put(
      uid, effect.txn_id, effect.body,
      [this, uid, effect](SimAppservice::Answer answer) {
        if (fault_ == kEphemeralRetried &&
            answer.outcome != AttemptOutcome::kDelivered) {
          Put(
              uid, effect.txn_id, effect.body, [](auto) {}, true);
        }
        Tell(uid, AttemptFinished{effect.ticket,
                                  answer.outcome,
                                  {},
                                  std::string(OutcomeName(answer.outcome))});
      },
      /*is_ephemeral=*/true);
}

void SimDelivery::Do(AppserviceUid uid, const CancelAttempt&) {
  if (fault_ == kEphemeralNotCancelled) return;
  // Not from within a decision: it ends the attempt.
  process_.After(absl::ZeroDuration(), runners_.at(uid).cancel_ephemeral);
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
