#include "services/push_dispatcher/delivery/lease_keeper.h"

#include <string>
#include <utility>

#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {

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
      rules_(replica_.name, options.dead_after, clock.MonotonicNow()) {}

LeaseKeeper::~LeaseKeeper() { Stop(); }

void LeaseKeeper::Start(std::string grpc_address) {
  replica_.grpc_address = std::move(grpc_address);
  thread_ = std::thread([this] { Run(); });
}

void LeaseKeeper::Kick() {
  absl::MutexLock lock(&mu_);
  kicked_ = true;
}

void LeaseKeeper::OweWakes() {
  // Two, since the commit may be on its way still when the first is due.
  constexpr int kWakes = 2;
  absl::MutexLock lock(&mu_);
  wakes_owed_ = kWakes;
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

void LeaseKeeper::Release() {
  if (!entered_) return;  // It never had any.
  const absl::Status released = store_.Release(replica_);
  if (!released.ok()) {
    log::Warning("leases could not be given back", {{"error", released}});
  }
}

void LeaseKeeper::Run() {
  while (true) {
    const absl::Status status = Round();
    if (!status.ok()) LetGoIfDue(status);
    absl::MutexLock lock(&mu_);
    if (status_.ok() != status.ok()) {
      status.ok()
          ? log::Info("leases are kept", {{"replica", replica_.name}})
          : log::Warning("leases could not be renewed", {{"error", status}});
    }
    status_ = status;
    auto woken = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return stopping_ || kicked_;
    };
    mu_.AwaitWithTimeout(absl::Condition(&woken), rules_.round_interval());
    kicked_ = false;
    // Whoever has the name now has the queues: to take the name back would be
    // to quarrel for ever. This process is of no more use.
    if (stopping_ || absl::IsFailedPrecondition(status_)) return;
  }
}

absl::Status LeaseKeeper::Round() {
  if (!entered_) {
    CAUSEWAY_RETURN_IF_ERROR(store_.Enter(replica_));
    entered_ = true;
  }
  const absl::Duration began = clock_.MonotonicNow();
  // Between rounds: the store is away, or this process stood still.
  LetGoIfDue(absl::DeadlineExceededError("the last success is too long ago"));
  const absl::StatusOr<LeaseRound> round = store_.Renew(
      replica_,
      rules_.Ask(began, let_go_ ? std::vector<HeldQueue>() : loop_.Held()));
  if (absl::IsFailedPrecondition(round.status())) {
    log::Error(
        "another process has this replica's name, or a restored backup knows "
        "nothing of it; ending, so that it can be started anew",
        {{"replica", replica_.name}});
    LetGoOfAll();
    listeners_.name_lost();
  }
  CAUSEWAY_RETURN_IF_ERROR(round.status());
  if (!rules_.Renewed(began, round->replicas, clock_.MonotonicNow())) {
    log::Error(
        "the database has gone back to an earlier state of itself, as a "
        "restored backup does; taking all queues again");
    LetGoOfAll();
    listeners_.store_went_back();
    Kick();
    return absl::OkStatus();
  }
  let_go_ = false;
  TellPeers(*round);
  TakeIn(*round);
  WakeIfSourcesMoved(*round);
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
  for (AppserviceUid uid : round.lost) loop_.Post(uid, LeaseLost{});
  for (const AcquiredQueue& queue : round.acquired) {
    loop_.Post(queue.uid, LeaseAcquired{.epoch = queue.epoch,
                                        .nonce = queue.nonce,
                                        .head = queue.head,
                                        .settings = queue.settings});
  }
  if (!round.acquired.empty()) {
    log::Info("took queues", {{"queues", round.acquired.size()}});
    metrics_.LeasesAcquired(static_cast<int64_t>(round.acquired.size()));
  }
}

// Another replica that took events in for our queues may have died before it
// could wake us; alone there is nobody to miss a word of but ourselves.
void LeaseKeeper::WakeIfSourcesMoved(const LeaseRound& round) {
  bool owed = false;
  {
    absl::MutexLock lock(&mu_);
    owed = wakes_owed_ > 0;
    if (owed) --wakes_owed_;
  }
  if (owed ||
      (round.replicas.size() > 1 && round.source_ends != source_ends_)) {
    loop_.WakeAll();
  }
  source_ends_ = round.source_ends;
}

void LeaseKeeper::LetGoIfDue(const absl::Status& why) {
  if (let_go_ || !rules_.MustLetGo(clock_.MonotonicNow())) return;
  log::Warning("leases could not be renewed in time; letting go of all",
               {{"error", why}});
  LetGoOfAll();
}

void LeaseKeeper::LetGoOfAll() {
  loop_.PostToAll(LeaseLost{});
  let_go_ = true;
}

}  // namespace causeway::push
