#include "tests/bench/registry/consumer.h"

#include <memory>

#include "services/shared/registry_watch/registry_snapshot.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);

}  // namespace

Consumer::Consumer(const std::shared_ptr<grpc::Channel>& channel) {
  latest_.Subscribe(
      [this](const std::shared_ptr<const registry_watch::RegistrySnapshot>&
                 snapshot) {
        absl::MutexLock lock(&mu_);
        revision_ = snapshot->revision();
        reached_at_ = clock_.MonotonicNow();
      });
  watcher_ = std::make_unique<registry_watch::RegistryWatcher>(
      registry_watch::RegistryWatcher::Options{.with_secrets = true}, channel,
      clock_, latest_, metrics_);
}

absl::Duration Consumer::ReachedAt(int64_t revision) {
  absl::MutexLock lock(&mu_);
  const auto reached = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return revision_ >= revision;
  };
  if (!mu_.AwaitWithTimeout(absl::Condition(&reached), kPatience)) {
    Die("a consumer doesn't hear of a change");
  }
  return reached_at_;
}

}  // namespace causeway::bench
