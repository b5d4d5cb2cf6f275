#include "services/push_dispatcher/delivery/lease_keeper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
LeaseKeeper::LeaseKeeper(Options options, ReplicaIdentity replica,
                         LeaseStore& store, DeliveryLoop& loop,
                         ReplicaWaker& waker, const Clock& clock,
                         PushMetrics& metrics)
    : options_(options),
      replica_(std::move(replica)),
      store_(store),
      loop_(loop),
      waker_(waker),
      clock_(clock),
      metrics_(metrics),
      status_(absl::UnavailableError("leases have not been taken yet")),
      watch_(options.dead_after),
      renewed_at_(clock.MonotonicNow()) {}

LeaseKeeper::~LeaseKeeper() { Stop(); }

void LeaseKeeper::Start(std::string grpc_address) {
  replica_.grpc_address = std::move(grpc_address);
  thread_ = std::thread([this] { Run(); });
}

void LeaseKeeper::Kick() {
  absl::MutexLock lock(&mu_);
  kicked_ = true;
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
    if (!status.ok() && !let_go_ &&
        clock_.MonotonicNow() - renewed_at_ >= options_.dead_after / 2) {
      log::Warning("leases could not be renewed in time; letting go of all",
                   {{"error", status}});
      LetGoOfAll();
    }
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
    mu_.AwaitWithTimeout(absl::Condition(&woken), options_.dead_after / 5);
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
  const absl::Duration start = clock_.MonotonicNow();
  TakeOver take_over;
  take_over.own = take_own_;
  for (const std::string& name : watch_.Dead(start)) {
    if (name != replica_.name) take_over.dead.push_back(name);
  }
  absl::StatusOr<LeaseRound> round = store_.Renew(replica_, take_over);
  if (absl::IsFailedPrecondition(round.status())) {
    log::Error("this replica's name was taken by another process",
               {{"replica", replica_.name}});
    LetGoOfAll();
  } else if (!round.ok()) {
    // It may have happened all the same. What was taken without our knowing is
    // taken again.
    take_own_ = true;
  }
  CAUSEWAY_RETURN_IF_ERROR(round.status());
  let_go_ = false;
  take_own_ = false;
  renewed_at_ = start;
  watch_.Observe(round->replicas, clock_.MonotonicNow());
  TellPeers(*round);
  TakeIn(*round);
  CompareOwned(round->owned);
  return absl::OkStatus();
}

// Not the dead: they would only be tried in vain.
void LeaseKeeper::TellPeers(const LeaseRound& round) {
  const std::vector<std::string> dead = watch_.Dead(clock_.MonotonicNow());
  std::map<std::string, std::string> addresses;
  for (const ReplicaHeartbeat& replica : round.replicas) {
    if (replica.name == replica_.name ||
        std::find(dead.begin(), dead.end(), replica.name) != dead.end()) {
      continue;
    }
    addresses[replica.name] = replica.grpc_address;
  }
  waker_.SetPeers(addresses);
}

void LeaseKeeper::TakeIn(const LeaseRound& round) {
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
  // Another replica that took events in for our queues may have died before it
  // could wake us; alone there is nobody to miss a word of.
  if (round.replicas.size() > 1 && round.source_ends != source_ends_) {
    loop_.WakeAll();
  }
  source_ends_ = round.source_ends;
}

// They differ for a moment whenever something changes. If they still do, by the
// same numbers, the store has forgotten or been told otherwise, and a queue of
// ours may be looked after by nobody.
void LeaseKeeper::CompareOwned(const OwnedQueues& by_store) {
  if (by_store == loop_.Owned()) {
    disputed_.reset();
    return;
  }
  if (disputed_ == by_store) {
    log::Warning(
        "the store has other leases for this replica; taking them all "
        "again",
        {{"queues", by_store.count}});
    LetGoOfAll();
    disputed_.reset();
    return;
  }
  disputed_ = by_store;
}

void LeaseKeeper::LetGoOfAll() {
  loop_.PostToAll(LeaseLost{});
  let_go_ = true;
  take_own_ = true;
}

}  // namespace causeway::push
