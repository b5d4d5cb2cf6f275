#include "services/shared/registry_watch/latest_snapshot.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/registry_watch/not_heard_of.h"

namespace causeway::registry_watch {

LatestSnapshot::LatestSnapshot()
    : snapshot_(std::make_shared<RegistrySnapshot>()) {}

std::shared_ptr<const RegistrySnapshot> LatestSnapshot::Snapshot() const {
  absl::MutexLock lock(&mu_);
  return snapshot_;
}

bool LatestSnapshot::ready() const {
  absl::MutexLock lock(&mu_);
  return ready_;
}

void LatestSnapshot::Set(std::shared_ptr<const RegistrySnapshot> snapshot) {
  std::vector<std::shared_ptr<const Listener>> listeners;
  std::vector<Waiter> reached;
  {
    absl::MutexLock lock(&mu_);
    snapshot_ = snapshot;
    ready_ = true;
    listeners = listeners_;
    auto first_reached = std::partition(
        waiters_.begin(), waiters_.end(), [&snapshot](const Waiter& waiter) {
          return waiter.revision > snapshot->revision();
        });
    std::move(first_reached, waiters_.end(), std::back_inserter(reached));
    waiters_.erase(first_reached, waiters_.end());
  }
  // Listeners first: who has waited for a revision finds it applied there too.
  for (const auto& listener : listeners) (*listener)(snapshot);
  for (const Waiter& waiter : reached) waiter.reached();
}

absl::Status LatestSnapshot::AwaitRevision(int64_t revision,
                                           absl::Duration timeout) const {
  auto reached = [this, revision]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return snapshot_->revision() >= revision;
  };
  absl::MutexLock lock(&mu_);
  if (mu_.AwaitWithTimeout(absl::Condition(&reached), timeout)) {
    return absl::OkStatus();
  }
  return RevisionNotReached(revision, snapshot_->revision());
}

void LatestSnapshot::Subscribe(Listener listener) {
  auto shared = std::make_shared<const Listener>(std::move(listener));
  std::shared_ptr<const RegistrySnapshot> present;
  {
    absl::MutexLock lock(&mu_);
    listeners_.push_back(shared);
    if (ready_) present = snapshot_;
  }
  if (present != nullptr) (*shared)(present);
}

LatestSnapshot::WaiterId LatestSnapshot::NotifyAt(
    int64_t revision, std::function<void()> reached) {
  {
    absl::MutexLock lock(&mu_);
    WaiterId id = next_waiter_++;
    if (snapshot_->revision() < revision) {
      waiters_.push_back({id, revision, std::move(reached)});
      return id;
    }
  }
  reached();
  return 0;
}

void LatestSnapshot::Forget(WaiterId waiter) {
  absl::MutexLock lock(&mu_);
  std::erase_if(waiters_,
                [waiter](const Waiter& other) { return other.id == waiter; });
}

absl::Status CheckReady(const LatestSnapshot& latest) {
  if (latest.ready()) return absl::OkStatus();
  return RegistryNotHeardOf();
}

absl::Status CheckReadyFor(absl::string_view server_name,
                           const LatestSnapshot& latest) {
  if (absl::Status status = CheckReady(latest); !status.ok()) return status;
  const std::string theirs = latest.Snapshot()->server_name();
  if (theirs == server_name) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("it serves ", theirs, ", not --server_name=", server_name));
}

absl::Status RevisionNotReached(int64_t wanted, int64_t present) {
  return absl::DeadlineExceededError(
      absl::StrCat("revision ", wanted, " of the registry has not come in time",
                   "; the latest here is ", present));
}

}  // namespace causeway::registry_watch
