#include "tests/simulation/sim_replica.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::push::simulation {
namespace {

using absl::Milliseconds;
using absl::Seconds;

constexpr absl::Duration kDrainTimeout = Seconds(8);

}  // namespace

SimReplica::SimReplica(Options options, const Schedule& schedule,
                       const std::vector<RegistryRevision>& revisions,
                       SimStore& store, StoreAccess& access, SimClock& clock,
                       Coverage& coverage, History& history,
                       PublishedEvents& published,
                       FindAppservice find_appservice)
    : options_(options),
      schedule_(schedule),
      revisions_(revisions),
      store_(store),
      clock_(clock),
      coverage_(coverage),
      history_(history),
      published_(published),
      find_appservice_(std::move(find_appservice)),
      process_(options.number, clock, access,
               [this](StoreWrite write, bool before) {
                 AroundWrite(write, before);
               }) {}

// --- Processes --------------------------------------------------------------

void SimReplica::Start() {
  process_.Start();
  clock_.Trace(process_.incarnation(),
               other_bytes_ ? " starts, other bytes" : " starts");
  draining_ = false;
  entered_ = renewing_ = kicked_ = false;
  nonce_count_ = 0;
  source_ends_.clear();
  rules_ = std::make_unique<LeaseRules>(process_.name(), options_.dead_after,
                                        clock_.now(), options_.forgotten_after);
  balance_ = std::make_unique<LeaseBalance>(
      process_.name(),
      options_.fault == PlantedFault::kNeverBalanced
          ? 0
          : options_.moves_per_second_max,
      rules_->round_interval(), clock_.now());
  history_.leases_upset = clock_.now();
  ingests_.push_back(std::make_unique<SimIngest>(
      options_.fault, revisions_, store_, process_, clock_, history_,
      published_,
      SimIngest::Listeners{
          .committed =
              [this](const std::vector<AppserviceUid>& uids) {
                for (AppserviceUid uid : uids) delivery().Tell(uid, Woken{});
              },
          // New queues are taken in a round at once.
          .registry_applied =
              [this] {
                process_.After(absl::ZeroDuration(), [this] { Renew(); });
              },
      }));
  sweepers_.push_back(std::make_unique<SimSweeper>(
      options_.fault, store_, process_, clock_, coverage_));
  sweepers_.back()->Start();
  deliveries_.push_back(std::make_unique<SimDelivery>(
      options_.delivery, options_.fault, other_bytes_, store_, process_, clock_,
      coverage_, history_, [this](AppserviceUid uid) -> SimAppservice* {
        const RegistryRevision* latest = ingest().latest();
        return latest == nullptr ? nullptr : find_appservice_(*latest, uid);
      }));
  RegistryChanged(registry_revision_);
  Round();
}

void SimReplica::StartLater() {
  clock_.After(clock_.chance().Between(Milliseconds(300), Seconds(7)), [this] {
    if (!process_.running()) Start();
  });
}

void SimReplica::End() {
  process_.End();
  StartLater();
}

void SimReplica::Crash() {
  if (!process_.running()) return;
  clock_.Trace(process_.incarnation(), " crashes");
  End();
}

void SimReplica::AroundWrite(StoreWrite write, bool before) {
  if (healthy_ || !clock_.chance().OneIn(schedule_.crashes_at_write)) return;
  coverage_.ReachedCrash(write, before);
  Crash();
}

void SimReplica::Pause(absl::Duration duration) {
  if (!process_.running() || process_.paused()) return;
  clock_.Trace(process_.incarnation(), " stands still for ",
               absl::FormatDuration(duration));
  process_.Pause();
  clock_.After(duration, [this, start = process_.start()] {
    if (process_.start() != start || !process_.paused()) return;
    clock_.Trace(process_.incarnation(), " goes on");
    process_.Resume();
  });
}

void SimReplica::Drain() {
  if (!process_.running() || process_.paused() || draining_) return;
  clock_.Trace(process_.incarnation(), " drains");
  draining_ = true;
  process_.Write(
      StoreWrite::kLeaving,
      [this, incarnation = process_.incarnation()] {
        store_.Leave(process_.name(), incarnation);
      },
      [this](bool) {
        delivery().TellAll(push::Drain{});
        AwaitDrained(clock_.now() + kDrainTimeout);
      });
}

void SimReplica::AwaitDrained(absl::Duration deadline) {
  if (!delivery().Held().empty() && clock_.now() < deadline) {
    process_.After(Milliseconds(50),
                   [this, deadline] { AwaitDrained(deadline); });
    return;
  }
  process_.Write(
      StoreWrite::kRelease,
      [this, incarnation = process_.incarnation()] {
        store_.Release(process_.name(), incarnation, clock_.now());
      },
      [this](bool) { End(); });
}

void SimReplica::ChangeVersion(bool other_bytes) {
  other_bytes_ = other_bytes;
  Crash();
}

void SimReplica::Heal() {
  healthy_ = true;
  process_.Resume();
  if (other_bytes_) ChangeVersion(false);
}

// --- Around it --------------------------------------------------------------

void SimReplica::RegistryChanged(int64_t revision) {
  registry_revision_ = revision;
  if (!process_.running()) return;
  process_.After(clock_.chance().Between(Milliseconds(5), Milliseconds(1500)),
                 [this, revision] { ingest().Learn(revision); });
}

void SimReplica::Hear(AppserviceUid uid, const DeliveryEvent& event) {
  if (!process_.running()) return;
  process_.After(Milliseconds(1),
                 [this, uid, event] { delivery().Tell(uid, event); });
}

void SimReplica::Publish(std::shared_ptr<const SimBatch> batch,
                         SimSource::Answer answer) {
  process_.After(DrawWay(), [this, batch = std::move(batch),
                             answer = std::move(answer)]() mutable {
    ingest().Publish(std::move(batch), std::move(answer));
  });
}

void SimReplica::GetSourceHistory(const std::string& source,
                                  SimSource::HistoryAnswer answer) {
  process_.After(DrawWay(), [this, source, answer = std::move(answer)] {
    ingest().GetSourceHistory(source, answer);
  });
}

void SimReplica::RestartSource(SimRestart restart,
                               SimSource::RestartAnswer answer) {
  process_.After(DrawWay(), [this, restart = std::move(restart),
                             answer = std::move(answer)] {
    ingest().RestartSource(restart, answer);
  });
}

absl::Duration SimReplica::DrawWay() {
  return clock_.chance().Between(Milliseconds(1), Milliseconds(10));
}

// --- Leases -----------------------------------------------------------------

void SimReplica::NextRound() {
  process_.After(rules_->round_interval(), [this] { Round(); });
}

void SimReplica::Round() {
  if (draining_) return;
  if (entered_) {
    NextRound();
    Renew();
    return;
  }
  process_.Write(
      StoreWrite::kEntering,
      [this, incarnation = process_.incarnation()] {
        store_.Enter(process_.name(), incarnation);
      },
      [this](bool done) {
        entered_ = done;
        done ? Round() : NextRound();
      });
}

std::string SimReplica::DrawNonce() {
  if (options_.fault == PlantedFault::kIdReused) {
    return absl::StrCat("n", clock_.chance().Below(3));
  }
  if (options_.fault == PlantedFault::kNonceRepeatsAfterRestart) {
    return absl::StrCat(process_.name(), "-", ++nonce_count_);
  }
  return absl::StrCat(absl::Hex(clock_.chance().Next(), absl::kZeroPad16));
}

void SimReplica::Renew() {
  kicked_ = renewing_;
  if (!process_.running() || !entered_ || draining_ || renewing_) return;
  renewing_ = true;
  const absl::Duration began = clock_.now();
  LetGoIfDue();
  LeaseQuestion question = rules_->Ask(began, delivery().Held());
  question.handed = balance_->LetGo(question.held, rules_->Lively(began));
  struct Result {
    std::optional<SimLeaseRound> round;
    absl::Duration at;
  };
  auto result = std::make_shared<Result>();
  process_.Write(
      StoreWrite::kRenewal,
      [this, result, incarnation = process_.incarnation(),
       question = std::move(question), nonce = DrawNonce()] {
        result->round = store_.Renew(process_.name(), incarnation, question,
                                     nonce, clock_.now());
        result->at = clock_.now();
      },
      [this, result, began](bool done) {
        renewing_ = false;
        if (done && !draining_) Renewed(result->round, began, result->at);
        if (kicked_) Renew();
      });
}

bool SimReplica::LetGoIfDue() {
  if (clock_.now() < rules_->let_go_at() ||
      options_.fault == PlantedFault::kZombieGoesOn) {
    return false;
  }
  delivery().TellAll(LeaseLost{});
  balance_->Forget();
  return true;
}

void SimReplica::Renewed(const std::optional<SimLeaseRound>& round,
                         absl::Duration began, absl::Duration at) {
  if (!round.has_value()) {
    // Another process has the name, or the store has forgotten this one:
    // it is of no more use, and whoever started it starts another.
    clock_.Trace(process_.incarnation(), " has lost its name");
    if (options_.fault == PlantedFault::kNameLostForGood) {
      delivery().TellAll(LeaseLost{});
      draining_ = true;
    } else {
      End();
    }
    return;
  }
  if (rules_->Renewed(began, round->replicas, clock_.now()) ||
      options_.fault == PlantedFault::kRestoreNotNoticed) {
    delivery().set_let_go_at(rules_->let_go_at());
    if (LetGoIfDue()) return;
    if (options_.fault != PlantedFault::kLetGoBetweenRoundsOnly) {
      process_.After(rules_->let_go_at() - clock_.now(),
                     [this] { LetGoIfDue(); });
    }
    balance_->HandedOver(round->lost);
    balance_->HandedOver(round->handed_over);
    TakeIn(*round);
    Balance();
  } else {
    clock_.Trace(process_.incarnation(), " sees that the store went back");
    delivery().Forget();
    balance_->Forget();
    ingest().ForgetAll();
    Renew();
  }
  delivery().set_renewed_at(at);
}

// The word to the heirs isn't played: they look once a heartbeat.
void SimReplica::Balance() {
  const std::vector<std::string> heirs =
      balance_->Heirs(rules_->Lively(clock_.now()), clock_.now());
  if (heirs.empty()) return;
  const std::vector<HeldQueue> queues = delivery().LetGo(heirs.size());
  for (size_t i = 0; i < queues.size(); ++i) {
    clock_.Trace(process_.incarnation(), " lets ", heirs[i], " have uid ",
                 queues[i].uid);
    coverage_.ReachedHandOver();
    balance_->Leave(queues[i], heirs[i]);
  }
  LookAtLeaving();
}

void SimReplica::LookAtLeaving() {
  if (balance_->leaving().empty()) return;
  const std::vector<HeldQueue> held = delivery().Held();
  for (const HandedQueue& handed : balance_->leaving()) {
    if (std::find(held.begin(), held.end(), handed.queue) == held.end()) {
      Renew();
      return;
    }
  }
  process_.After(Milliseconds(20), [this] { LookAtLeaving(); });
}

void SimReplica::TakeIn(const SimLeaseRound& round) {
  if (options_.fault != PlantedFault::kZombieGoesOn) {
    for (AppserviceUid uid : round.lost) delivery().Tell(uid, LeaseLost{});
  }
  for (const SimLeaseRound::Acquired& acquired : round.acquired) {
    clock_.Trace(process_.incarnation(), " takes uid ", acquired.uid,
                 ", epoch ", acquired.row.epoch, ", nonce ",
                 acquired.row.nonce);
    delivery().Tell(acquired.uid,
                    LeaseAcquired{.epoch = acquired.row.epoch,
                                  .nonce = acquired.row.nonce,
                                  .head = acquired.row.head,
                                  .settings = acquired.row.settings});
  }
  // Another replica that took events in for our queues may have died before it
  // could wake us; and of a commit of our own we may not know that it was done.
  const bool alone = round.replicas.size() == 1;
  if (round.source_ends != source_ends_ &&
      !(alone && options_.fault == PlantedFault::kUnknownCommitNotWoken)) {
    delivery().TellAll(Woken{});
  }
  source_ends_ = round.source_ends;
}

}  // namespace causeway::push::simulation
