#include "services/push_dispatcher/delivery/lease_keeper.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {

namespace {

// A round looks at all queues, however few are new: while one bridge after the
// other registers, it has a fifth of the time, and they share it.
constexpr int kRestPerRound = 4;

}  // namespace

LeaseKeeper::LeaseKeeper(Options options, ReplicaIdentity replica,
                         LeaseStore& store, DeliveryLoop& loop,
                         ReplicaWaker& waker, const Clock& clock,
                         PushMetrics& metrics, Listeners listeners)
    : replica_(std::move(replica)),
      store_(store),
      loop_(loop),
      waker_(waker),
      clock_(clock),
      metrics_(metrics),
      listeners_(std::move(listeners)),
      status_(absl::UnavailableError("leases have not been taken yet")),
      rules_(replica_.name, options.dead_after, clock.MonotonicNow()),
      balance_(replica_.name, options.moves_per_second_max,
               rules_.round_interval(), clock.MonotonicNow()) {}

LeaseKeeper::~LeaseKeeper() {
  Stop();
  EndWatch();
}

void LeaseKeeper::Start(std::string grpc_address) {
  replica_.grpc_address = std::move(grpc_address);
  thread_ = std::thread([this] { Run(); });
  watch_thread_ = std::thread([this] { Watch(); });
}

void LeaseKeeper::Kick() {
  absl::MutexLock lock(&mu_);
  kicked_ = true;
}

void LeaseKeeper::OweWakes() {
  // A statement takes 30 s at most, and what was sent over a connection that is
  // given up arrives within 10 s (postgres/connection.h).
  constexpr absl::Duration kLateMax = absl::Minutes(1);
  const absl::Duration now = clock_.MonotonicNow();
  absl::MutexLock lock(&mu_);
  wake_owed_ = true;
  late_until_ = now + kLateMax;
}

absl::Status LeaseKeeper::Status() const {
  absl::MutexLock lock(&mu_);
  return status_;
}

void LeaseKeeper::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void LeaseKeeper::Leave() {
  // Else nobody knows it.
  const absl::Status left =
      entered_ ? store_.Leave(replica_) : absl::OkStatus();
  if (!left.ok()) {
    log::Warning("the end could not be announced", {{"error", left}});
  }
  EndWatch();
}

void LeaseKeeper::Release() {
  if (!entered_) return;  // It never had any.
  const absl::Status released = store_.Release(replica_);
  if (!released.ok()) {
    log::Warning("leases could not be given back", {{"error", released}});
  }
}

void LeaseKeeper::Run() {
  while (true) {
    const absl::Duration began = clock_.MonotonicNow();
    const absl::Status status = Round();
    const absl::Duration took = clock_.MonotonicNow() - began;
    {
      absl::MutexLock lock(&mu_);
      if (status_.ok() != status.ok()) {
        status.ok()
            ? log::Info("leases are kept", {{"replica", replica_.name}})
            : log::Warning("leases could not be renewed", {{"error", status}});
      }
      status_ = status;
    }
    AwaitRound(took);
    absl::MutexLock lock(&mu_);
    kicked_ = false;
    // Whoever has the name now has the queues: to take the name back would be
    // to quarrel for ever. This process is of no more use.
    if (stopping_ || absl::IsFailedPrecondition(status_)) return;
  }
}

void LeaseKeeper::AwaitRound(absl::Duration took) {
  // Between two looks at what leaves: it rests from when it is let go of.
  constexpr absl::Duration kLookInterval = absl::Milliseconds(20);
  const absl::Duration ended = clock_.MonotonicNow();
  const absl::Duration due = ended + rules_.round_interval();
  const absl::Duration rested = std::min(due, ended + kRestPerRound * took);
  {
    absl::MutexLock lock(&mu_);
    auto over = [this, rested]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return stopping_ || clock_.MonotonicNow() >= rested;
    };
    mu_.AwaitWithTimeout(absl::Condition(&over), rested - ended);
    if (stopping_) return;
  }
  do {
    const absl::Duration now = clock_.MonotonicNow();
    const absl::Duration at =
        balance_.leaving().empty() ? due : std::min(due, now + kLookInterval);
    absl::MutexLock lock(&mu_);
    auto over = [this, at]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return stopping_ || kicked_ || clock_.MonotonicNow() >= at;
    };
    mu_.AwaitWithTimeout(absl::Condition(&over), at - now);
    if (stopping_ || kicked_) return;
  } while (clock_.MonotonicNow() < due && !HasLetGo());
}

bool LeaseKeeper::HasLetGo() const {
  return absl::c_any_of(balance_.leaving(), [&](const HandedQueue& handed) {
    const auto status = loop_.Status(handed.queue.uid);
    return !status.has_value() || status->nonce != handed.queue.nonce;
  });
}

absl::Status LeaseKeeper::Round() {
  if (!entered_) {
    CAUSEWAY_RETURN_IF_ERROR(store_.Enter(replica_));
    entered_ = true;
  }
  const absl::Duration began = clock_.MonotonicNow();
  bool has_let_go = false;
  {
    // Where this process stood still, both threads have.
    absl::MutexLock lock(&mu_);
    has_let_go = LetGoIfDue();
  }
  if (has_let_go) balance_.Forget();
  LeaseQuestion question =
      rules_.Ask(began, has_let_go ? std::vector<HeldQueue>() : loop_.Held());
  question.handed = balance_.LetGo(question.held, rules_.Lively(began));
  const absl::StatusOr<LeaseRound> round = store_.Renew(replica_, question);
  if (absl::IsFailedPrecondition(round.status())) {
    log::Error(
        "another process has this replica's name, or a restored backup knows "
        "nothing of it; ending, so that it can be started anew",
        {{"replica", replica_.name}});
    {
      absl::MutexLock lock(&mu_);
      LetGoOfAll();
    }
    listeners_.name_lost();
  }
  CAUSEWAY_RETURN_IF_ERROR(round.status());
  if (!rules_.Renewed(began, round->replicas, clock_.MonotonicNow())) {
    log::Error(
        "the database has gone back to an earlier state of itself, as a "
        "restored backup does; taking all queues again");
    {
      absl::MutexLock lock(&mu_);
      LetGoOfAll();
    }
    loop_.ForgetCommits();
    listeners_.store_went_back();
    Kick();
    return absl::OkStatus();
  }
  {
    // What was let go of during the round is taken again in the next.
    absl::MutexLock lock(&mu_);
    if (let_go_at_ == absl::InfiniteDuration()) balance_.Forget();
    let_go_at_ = rules_.let_go_at();
    for (const ReplicaHeartbeat& replica : round->replicas) {
      if (replica.name == replica_.name) owned_count_ = replica.queue_count;
    }
    metrics_.SetUnheldQueues(Unheld(*round));
    if (LetGoIfDue()) {
      return absl::DeadlineExceededError("the database took too long");
    }
  }
  TellPeers(*round);
  TellHeirs(*round);
  TakeIn(*round);
  WakeIfSourcesMoved(*round);
  Balance();
  return absl::OkStatus();
}

// Not the dead: they would only be tried in vain.
void LeaseKeeper::TellPeers(const LeaseRound& round) {
  std::map<std::string, std::string> addresses;
  for (const ReplicaHeartbeat& replica : round.replicas) {
    if (replica.name == replica_.name) continue;
    addresses[replica.name] = replica.grpc_address;
  }
  for (const ReplicaHeartbeat& dead : rules_.Dead(clock_.MonotonicNow())) {
    addresses.erase(dead.name);
  }
  waker_.SetPeers(addresses);
}

void LeaseKeeper::TakeIn(const LeaseRound& round) {
  {
    absl::MutexLock lock(&mu_);
    // Meanwhile it was time to let go: the next round takes them again.
    if (let_go_at_ == absl::InfiniteDuration()) return;
    for (AppserviceUid uid : round.lost) loop_.Post(uid, LeaseLost{});
    for (const AcquiredQueue& queue : round.acquired) {
      metrics_.LeaseAcquired(queue.origin);
      loop_.Post(queue.uid, LeaseAcquired{.epoch = queue.epoch,
                                          .nonce = queue.nonce,
                                          .head = queue.head,
                                          .settings = queue.settings});
    }
  }
  for (const UnreadableQueue& queue : round.unreadable) {
    log::Error("a queue can't be read from the database; it rests until it can",
               {{"appservice_uid", queue.uid}, {"error", queue.why}});
  }
  if (round.acquired.empty()) return;
  const auto handed_over =
      absl::c_count_if(round.acquired, [](const AcquiredQueue& queue) {
        return queue.origin == LeaseOrigin::kHandedOver;
      });
  log::Info("took queues",
            {{"queues", round.acquired.size()}, {"handed_over", handed_over}});
}

// So that the queues don't rest until the heirs look by themselves.
void LeaseKeeper::TellHeirs(const LeaseRound& round) {
  balance_.HandedOver(round.lost);  // In a round whose answer was lost.
  std::map<std::string, std::vector<QueueWord>> words;
  for (const HandedQueue& handed : balance_.HandedOver(round.handed_over)) {
    words[handed.heir].push_back({QueueWord::Kind::kHanded, handed.queue.uid});
  }
  for (const auto& [heir, queues] : words) {
    log::Info("handed queues over",
              {{"queues", queues.size()}, {"replica", heir}});
    waker_.Wake(heir, queues);
  }
}

void LeaseKeeper::Balance() {
  const absl::Duration now = clock_.MonotonicNow();
  const std::vector<std::string> heirs =
      balance_.Heirs(rules_.Lively(now), now);
  if (heirs.empty()) return;
  std::vector<HeldQueue> queues = loop_.LetGo(heirs.size());
  for (size_t i = 0; i < queues.size(); ++i) {
    balance_.Leave(std::move(queues[i]), heirs[i]);
  }
  Kick();  // Those that were idle are let go of by then.
}

// Another replica that took events in for our queues may have died before it
// could wake us; alone there is nobody to miss a word of but ourselves.
void LeaseKeeper::WakeIfSourcesMoved(const LeaseRound& round) {
  const bool moved = round.source_ends != source_ends_;
  bool wake = false;
  {
    absl::MutexLock lock(&mu_);
    const bool may_be_unheard =
        round.replicas.size() > 1 || clock_.MonotonicNow() < late_until_;
    wake = std::exchange(wake_owed_, false) || (moved && may_be_unheard);
  }
  if (wake) loop_.WakeAll();
  source_ends_ = round.source_ends;
}

// Those of the dead are taken in the next round, unless something keeps the
// store from it.
int64_t LeaseKeeper::Unheld(const LeaseRound& round) const {
  int64_t count =
      round.unowned_count + static_cast<int64_t>(round.unreadable.size());
  for (const ReplicaHeartbeat& dead : rules_.Dead(clock_.MonotonicNow())) {
    count += dead.queue_count;
  }
  return count;
}

void LeaseKeeper::LetGoOfAll() {
  loop_.PostToAll(LeaseLost{});
  let_go_at_ = absl::InfiniteDuration();
}

// --- The other thread --------------------------------------------------------

void LeaseKeeper::Watch() {
  std::unique_lock<std::mutex> watching(watch_mu_);
  while (watched_) {
    absl::Duration pause;
    {
      absl::MutexLock lock(&mu_);
      LetGoIfDue();
      // Queues that are taken meanwhile aren't due before the next look.
      pause =
          std::min(rules_.round_interval(), let_go_at_ - clock_.MonotonicNow());
    }
    watch_ends_.wait_for(watching, absl::ToChronoNanoseconds(pause));
  }
}

void LeaseKeeper::EndWatch() {
  {
    std::lock_guard<std::mutex> lock(watch_mu_);
    watched_ = false;
  }
  watch_ends_.notify_one();
  if (watch_thread_.joinable()) watch_thread_.join();
}

bool LeaseKeeper::LetGoIfDue() {
  if (clock_.MonotonicNow() >= let_go_at_) {
    log::Warning("leases could not be renewed in time; letting go of all");
    status_ =
        absl::DeadlineExceededError("leases could not be renewed in time");
    LetGoOfAll();
    // Until a round succeeds: where the database is slow for all, no other
    // replica takes them either. Of one that ends, others do.
    if (!stopping_) metrics_.SetUnheldQueues(owned_count_);
  }
  return let_go_at_ == absl::InfiniteDuration();
}

}  // namespace causeway::push
