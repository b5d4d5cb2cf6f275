#include "services/registry/change_feed.h"

#include <algorithm>
#include <utility>

#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {

ChangeFeed::ChangeFeed(Options options, RegistryStore& store,
                       RegistryMetrics& metrics)
    : options_(options), store_(store), metrics_(metrics) {}

ChangeFeed::~ChangeFeed() {
  Stop();
  if (thread_.joinable()) thread_.join();
}

void ChangeFeed::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ChangeFeed::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  TellListeners();
}

bool ChangeFeed::stopped() const {
  absl::MutexLock lock(&mu_);
  return stopped_;
}

void ChangeFeed::Wake() {
  absl::MutexLock lock(&mu_);
  woken_ = true;
}

std::shared_ptr<const RegistryState> ChangeFeed::state() const {
  absl::MutexLock lock(&mu_);
  return state_;
}

void ChangeFeed::Subscribe(Listener listener) {
  auto shared = std::make_shared<const Listener>(std::move(listener));
  absl::MutexLock lock(&mu_);
  listeners_.push_back(std::move(shared));
}

void ChangeFeed::Run() {
  auto has_reason = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return woken_ || stopped_;
  };
  absl::Status last;
  while (!stopped()) {
    absl::Status status = Refresh();
    if (!status.ok()) metrics_.RefreshFailed();
    // Once when it begins and once when it ends, not five times a second.
    if (last.ok() && !status.ok()) {
      log::Warning("cannot read the database for news; the last state stays",
                   {{"error", status}});
    } else if (!last.ok() && status.ok()) {
      log::Info("reading the database for news again");
    }
    last = status;
    TellListeners();
    absl::MutexLock lock(&mu_);
    mu_.AwaitWithTimeout(absl::Condition(&has_reason), options_.poll_interval);
    woken_ = false;
  }
}

absl::Status ChangeFeed::Refresh() {
  std::shared_ptr<const RegistryState> present = state();
  if (present == nullptr) present = std::make_shared<RegistryState>();
  if (owes_revision_) owes_revision_ = !AdvanceRevision().ok();
  CAUSEWAY_ASSIGN_OR_RETURN(Changes changes,
                            store_.ListChanges(present->revision()));
  if (changes.revision == present->revision()) return absl::OkStatus();
  if (changes.whole && present->revision() > 0) {
    log::Error(
        "the database doesn't know the last revision that it had, as after a "
        "restore from a backup; starting over from it",
        {{"revision_before", present->revision()},
         {"revision", changes.revision}});
  }
  if (changes.whole && changes.revision > kFirstRevision) {
    if (const absl::Status advanced = AdvanceRevision(); advanced.ok()) {
      CAUSEWAY_ASSIGN_OR_RETURN(changes, store_.ListChanges(0));
    } else {
      owes_revision_ = true;
      log::Warning("the database can be read, but not written",
                   {{"error", advanced}});
    }
  }
  std::shared_ptr<const RegistryState> next = present->After(changes);
  metrics_.RevisionReached(next->revision(), next->appservice_count());
  absl::MutexLock lock(&mu_);
  state_ = std::move(next);
  return absl::OkStatus();
}

absl::Status ChangeFeed::AdvanceRevision() {
  return store_.Run([](RegistryStore::Change& change) {
    return change.AdvanceRevision().status();
  });
}

void ChangeFeed::TellListeners() {
  std::vector<std::shared_ptr<const Listener>> listeners;
  {
    absl::MutexLock lock(&mu_);
    listeners = listeners_;
  }
  std::vector<std::shared_ptr<const Listener>> gone;
  for (const auto& listener : listeners) {
    if (!(*listener)()) gone.push_back(listener);
  }
  if (gone.empty()) return;
  absl::MutexLock lock(&mu_);
  std::erase_if(listeners_, [&gone](const auto& listener) {
    return std::find(gone.begin(), gone.end(), listener) != gone.end();
  });
}

}  // namespace causeway::registry
