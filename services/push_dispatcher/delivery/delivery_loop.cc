#include "services/push_dispatcher/delivery/delivery_loop.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "absl/random/distributions.h"
#include "absl/strings/str_cat.h"
#include "services/shared/appservice_client/transaction_trace.h"
#include "services/shared/server/logging.h"
#include "services/shared/threads/this_thread.h"

namespace causeway::push {
namespace {

// Tickets of two runners of one queue must differ: answers to the first one's
// effects may come when the second is there. No runner draws this many.
constexpr Ticket kTicketsPerRunner = Ticket{1} << 40;

// How much of what came while it was at it a thread that has other work
// handles, and how many queues it wakes, before the loop's own thread has to.
constexpr int kRoundsMax = 4;
constexpr size_t kWakesMax = 16;

// Of queues. All fail at once when a network does; and one that fails every
// other time is worth two lines each time.
constexpr int kLinesPerSecondMax = 20;

// A queue in these waits for something that may take long: nothing of it is
// kept in memory meanwhile (P5). Or it has turned out that what is remembered
// of it is wrong.
bool KeepsNothing(Phase phase) {
  return phase == Phase::kUnowned || phase == Phase::kPaused ||
         phase == Phase::kBlocked || phase == Phase::kBackingOff ||
         phase == Phase::kReading;
}

DeliveryEvent ToEvent(QueueWord::Kind kind) {
  switch (kind) {
    case QueueWord::Kind::kQueued:
    case QueueWord::Kind::kHanded:
      break;
    case QueueWord::Kind::kHeard:
      return SignOfLife{};
    case QueueWord::Kind::kPinged:
      return RetryNow{};
  }
  return Woken{};
}

// As the application service is told it.
std::string TraceId(AppserviceUid uid, absl::string_view txn_id) {
  return appservice_client::TransactionTraceId(absl::StrCat(uid), txn_id);
}

}  // namespace

DeliveryLoop::DeliveryLoop(Options options, Dependencies dependencies)
    : options_(options),
      clock_(dependencies.clock),
      random_(dependencies.random),
      metrics_(dependencies.metrics),
      registry_(dependencies.registry),
      wake_others_(std::move(dependencies.wake_others)),
      hand_over_ephemeral_(std::move(dependencies.hand_over_ephemeral)),
      line_quota_(kLinesPerSecondMax, clock_),
      client_(std::move(dependencies.client)),
      reader_(dependencies.store, dependencies.segments,
              options.delivery.limits,
              [this](AppserviceUid uid, DeliveryEvent event) {
                Answer(uid, std::move(event));
              }),
      cutter_(options.cutter, reader_, dependencies.segments, clock_, metrics_,
              [this](AppserviceUid uid, DeliveryEvent event) {
                Answer(uid, std::move(event));
              }),
      writer_(dependencies.store, clock_, metrics_,
              [this](AppserviceUid uid, DeliveryEvent event) {
                Answer(uid, std::move(event));
              }),
      sender_(options.sender, *client_, registry_, dependencies.secret_box,
              clock_, metrics_,
              [this](AppserviceUid uid, AttemptFinished attempt) {
                Answer(uid, std::move(attempt));
              }),
      thread_([this] { Run(); }) {}

DeliveryLoop::~DeliveryLoop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    auto left_alone = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return !handling_;
    };
    mu_.Await(absl::Condition(&left_alone));
  }
  thread_.join();
  // Ends the callbacks, which use all of the below.
  client_.reset();
  reader_.Stop();
  cutter_.Stop();
  writer_.Stop();
}

void DeliveryLoop::Add(Item item) {
  absl::MutexLock lock(&mu_);
  inbox_.push_back(std::move(item));
}

void DeliveryLoop::Post(AppserviceUid uid, DeliveryEvent event) {
  Add({uid, std::move(event)});
}

void DeliveryLoop::Answer(AppserviceUid uid, DeliveryEvent event) {
  {
    absl::MutexLock lock(&mu_);
    inbox_.push_back({uid, std::move(event)});
    if (!TakeInbox()) return;
  }
  HandleItems();
}

void DeliveryLoop::ForgetPathsIfPinged(const QueueWord& word) {
  if (word.kind != QueueWord::Kind::kPinged) return;
  client_->ForgetPaths(absl::StrCat(word.uid));
}

void DeliveryLoop::PostToOwner(const QueueWord& word) {
  ForgetPathsIfPinged(word);
  Add({word.uid, ToEvent(word.kind), word.kind});
}

void DeliveryLoop::PostToOwner(AppserviceUid uid, EphemeralItems items) {
  Add({.uid = uid,
       .event = EphemeralQueued{std::move(items)},
       .hand_over = true});
}

void DeliveryLoop::PostToAll(DeliveryEvent event) {
  Add({0, std::move(event)});
}

void DeliveryLoop::Offer(CommittedEntries committed) {
  std::vector<Item> wakes;
  wakes.reserve(committed.entries.size());
  for (const auto& [uid, entry] : committed.entries) {
    wakes.push_back({uid, Woken{}, QueueWord::Kind::kQueued});
  }
  // First, so that what the wakes lead to finds it.
  cutter_.Offer(std::move(committed));
  {
    absl::MutexLock lock(&mu_);
    std::move(wakes.begin(), wakes.end(), std::back_inserter(inbox_));
    if (wakes.size() > kWakesMax || !TakeInbox()) return;
  }
  HandleItems();
}

void DeliveryLoop::Wake(absl::Span<const QueueWord> words) {
  for (const QueueWord& word : words) {
    if (word.kind == QueueWord::Kind::kQueued) cutter_.Lose(word.uid);
    ForgetPathsIfPinged(word);
  }
  absl::MutexLock lock(&mu_);
  for (const QueueWord& word : words) {
    inbox_.push_back({word.uid, ToEvent(word.kind)});
  }
}

void DeliveryLoop::WakeAll() {
  cutter_.LoseAll();
  PostToAll(Woken{});
}

void DeliveryLoop::LoseUnregistered() {
  const auto snapshot = registry_.Snapshot();
  statuses_.KeepTotals([&](AppserviceUid uid) {
    return snapshot->FindByUid(absl::StrCat(uid)) != nullptr;
  });
  for (const HeldQueue& queue : statuses_.Held()) {
    const auto* registration = snapshot->FindByUid(absl::StrCat(queue.uid));
    if (registration == nullptr || registration->url.empty()) {
      Post(queue.uid, LeaseLost{});
    }
  }
}

std::vector<HeldQueue> DeliveryLoop::LetGo(size_t count) {
  std::vector<HeldQueue> chosen = statuses_.Cheapest(count);
  for (const HeldQueue& queue : chosen) Post(queue.uid, push::Drain{});
  return chosen;
}

bool DeliveryLoop::Drain(absl::Duration timeout) {
  PostToAll(push::Drain{});
  return statuses_.AwaitNone(timeout);
}

std::vector<HeldQueue> DeliveryLoop::Held() const {
  {
    absl::MutexLock lock(&mu_);
    const int64_t count = emptied_count_ + (inbox_.empty() ? 0 : 1);
    auto handled = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return stopping_ || handled_count_ >= count;
    };
    mu_.Await(absl::Condition(&handled));
  }
  return statuses_.Held();
}

// --- One thread at a time ----------------------------------------------------

void DeliveryLoop::Run() {
  threads::NameThisThread("delivery_loop");
  threads::PreferLatencyInThisThread();
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      // The time too: see LeaseKeeper, which takes the mutex now and then.
      auto something_to_do = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return stopping_ ||
               (!handling_ && (!inbox_.empty() || timer_at_ < awaited_at_ ||
                               clock_.MonotonicNow() >= awaited_at_));
      };
      auto free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return stopping_ || !handling_;
      };
      awaited_at_ = timer_at_;
      mu_.AwaitWithTimeout(absl::Condition(&something_to_do),
                           awaited_at_ - clock_.MonotonicNow());
      mu_.Await(absl::Condition(&free));
      if (!TakeInbox()) return;
    }
    HandleItems();
  }
}

bool DeliveryLoop::TakeInbox() {
  if (handling_ || stopping_) return false;
  handling_ = true;
  items_.swap(inbox_);
  ++emptied_count_;
  return true;
}

void DeliveryLoop::HandleItems() {
  for (int round = 1;; ++round) {
    for (Item& item : items_) Handle(item);
    items_.clear();
    FireTimers();
    if (!words_elsewhere_.empty()) {
      wake_others_(words_elsewhere_);
      words_elsewhere_.clear();
    }
    absl::MutexLock lock(&mu_);
    handling_ = false;
    handled_count_ = emptied_count_;
    timer_at_ =
        timers_.empty() ? absl::InfiniteDuration() : timers_.begin()->first;
    if (round == kRoundsMax || inbox_.empty() || !TakeInbox()) return;
  }
}

void DeliveryLoop::Handle(Item& item) {
  if (item.uid == 0) {
    std::vector<AppserviceUid> uids;
    for (const auto& [uid, runner] : runners_) uids.push_back(uid);
    for (AppserviceUid uid : uids) {
      Tell(uid, *runners_.at(uid), item.event);
    }
    return;
  }
  auto found = runners_.find(item.uid);
  if (found == runners_.end()) {
    if (item.word.has_value()) {
      words_elsewhere_.push_back({*item.word, item.uid});
    }
    if (item.hand_over) {
      hand_over_ephemeral_(item.uid,
                           std::get<EphemeralQueued>(item.event).items);
    }
    if (!std::holds_alternative<LeaseAcquired>(item.event)) return;
    found = runners_.emplace(item.uid, std::make_unique<Runner>()).first;
    found->second->state.last_ticket = first_ticket_;
    first_ticket_ += kTicketsPerRunner;
    found->second->totals = statuses_.OpenTotals(item.uid);
  }
  // An operator may have queued something behind our back: a replay.
  if (std::holds_alternative<LeaseAcquired>(item.event)) {
    cutter_.Forget(item.uid);
  }
  Runner& runner = *found->second;
  Count(runner, item.event);
  const auto* attempt = std::get_if<AttemptFinished>(&item.event);
  if (attempt != nullptr && attempt->ticket == runner.state.attempt_ticket &&
      !runner.state.attempt_is_ephemeral &&
      attempt->outcome != AttemptOutcome::kCancelled) {
    NoteAttempt(item.uid, runner, *attempt);
  }
  Tell(item.uid, runner, item.event);
}

void DeliveryLoop::Tell(AppserviceUid uid, Runner& runner,
                        const DeliveryEvent& event) {
  const Phase phase_before = PhaseOf(runner.state);
  const bool was_draining =
      runner.state.draining || std::holds_alternative<push::Drain>(event);
  const EphemeralCounts counts_before = runner.state.ephemeral.counts();
  const Moment moment = {.now = clock_.MonotonicNow(),
                         .wall = clock_.Now(),
                         .random = absl::Uniform(random_, 0.0, 1.0)};
  for (DeliveryEffect& effect :
       Decide(options_.delivery, runner.state, event, moment)) {
    Perform(uid, runner, std::move(effect));
  }
  metrics_.EphemeralChanged(counts_before, runner.state.ephemeral.counts());
  statuses_.Set(uid, runner.state);
  const Phase phase = PhaseOf(runner.state);
  if (phase == Phase::kBlocked && phase_before != Phase::kBlocked &&
      !runner.state.load_error.empty() && line_quota_.Take()) {
    log::Error("a queue is blocked by what is stored of it",
               {{"appservice_uid", uid}, {"error", runner.state.load_error}});
  }
  if (phase != phase_before && KeepsNothing(phase)) cutter_.Forget(uid);
  if (phase == Phase::kUnowned) {
    if (phase_before != Phase::kUnowned) metrics_.LeaseLost(was_draining);
    SetTimerOf(uid, runner, std::nullopt);
    if (runner.state.attempt_ticket == 0) runners_.erase(uid);
  }
}

void DeliveryLoop::Perform(AppserviceUid uid, Runner& runner,
                           DeliveryEffect effect) {
  if (auto* load = std::get_if<LoadNext>(&effect)) {
    cutter_.Perform(uid, std::move(*load));
  } else if (auto* split = std::get_if<SplitSealed>(&effect)) {
    reader_.Perform(uid, std::move(*split));
  } else if (auto* rebuild = std::get_if<RebuildSealed>(&effect)) {
    reader_.Perform(uid, std::move(*rebuild));
  } else if (auto* read = std::get_if<ReadHead>(&effect)) {
    reader_.Perform(uid, *read);
  } else if (auto* write = std::get_if<Write>(&effect)) {
    writer_.Perform(uid, std::move(*write));
  } else if (auto* send = std::get_if<Send>(&effect)) {
    runner.sent_at = clock_.MonotonicNow();
    sender_.Perform(uid, std::move(*send));
  } else if (auto* alone = std::get_if<SendEphemeral>(&effect)) {
    sender_.Perform(uid, std::move(*alone));
  } else if (auto* cancel = std::get_if<CancelAttempt>(&effect)) {
    sender_.Perform(*cancel);
  } else if (auto* timer = std::get_if<SetTimer>(&effect)) {
    SetTimerOf(uid, runner, timer->at);
  } else if (auto* alarm = std::get_if<RaiseAlarm>(&effect)) {
    metrics_.SealNotReproduced();
    if (!line_quota_.Take()) return;
    log::Error(
        "a sealed transaction can't be made again byte for byte; its queue is "
        "blocked",
        {{"appservice_uid", uid},
         {"txn_id", alarm->txn_id},
         {"trace_id", TraceId(uid, alarm->txn_id)}});
  }
}

void DeliveryLoop::SetTimerOf(AppserviceUid uid, Runner& runner,
                              std::optional<absl::Duration> at) {
  if (runner.timer.has_value()) timers_.erase({*runner.timer, uid});
  runner.timer = at;
  if (at.has_value()) timers_.insert({*at, uid});
}

void DeliveryLoop::FireTimers() {
  const absl::Duration now = clock_.MonotonicNow();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const AppserviceUid uid = timers_.begin()->second;
    Runner& runner = *runners_.at(uid);
    SetTimerOf(uid, runner, std::nullopt);
    Tell(uid, runner, TimerFired{});
  }
}

// Before the decision, which ends what the event answers.
void DeliveryLoop::Count(Runner& runner, const DeliveryEvent& event) {
  const DeliveryState& state = runner.state;
  if (const auto* attempt = std::get_if<AttemptFinished>(&event)) {
    if (attempt->ticket != state.attempt_ticket || state.attempt_is_ephemeral) {
      return;
    }
    runner.totals->AddAttempt(attempt->outcome,
                              clock_.MonotonicNow() - runner.sent_at);
  } else if (const auto* write = std::get_if<WriteCommitted>(&event)) {
    if (write->ticket != state.write_ticket) return;
    for (const QueueWrite::Settled& settled : state.write.settled) {
      const auto kind = static_cast<size_t>(settled.settlement.kind);
      runner.totals->settled[kind].Add();
    }
  } else if (std::holds_alternative<LeaseAcquired>(event)) {
    Total& count =
        state.epoch == 0 ? runner.totals->moves : runner.totals->retakes;
    count.Add();
  }
}

// A service that is down is worth one line when that begins and one when it
// ends, if there aren't too many lines; the attempts between are counted.
void DeliveryLoop::NoteAttempt(AppserviceUid uid, Runner& runner,
                               const AttemptFinished& attempt) {
  const bool troubled = attempt.outcome != AttemptOutcome::kDelivered;
  if (troubled == runner.troubled) return;
  runner.troubled = troubled;
  if (!line_quota_.Take()) return;
  const auto snapshot = registry_.Snapshot();
  const auto* registration = snapshot->FindByUid(absl::StrCat(uid));
  const std::string id = registration == nullptr ? "" : registration->id;
  const std::string& txn_id = runner.state.attempt_txn_id;
  const std::string trace_id = TraceId(uid, txn_id);
  if (troubled) {
    log::Warning("application service did not take a transaction",
                 {{"appservice_id", id},
                  {"txn_id", txn_id},
                  {"trace_id", trace_id},
                  {"outcome", OutcomeName(attempt.outcome)},
                  {"error", attempt.error}});
  } else {
    log::Info(
        "application service takes its transactions again",
        {{"appservice_id", id}, {"txn_id", txn_id}, {"trace_id", trace_id}});
  }
}

}  // namespace causeway::push
