#include "services/registry/expiry_sweeper.h"

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/shared/server/logging.h"

namespace causeway::registry {

ExpirySweeper::ExpirySweeper(Options options, GrantKeeper& grants,
                             ChangeFeed& feed, RegistryMetrics& metrics)
    : options_(options), grants_(grants), feed_(feed), metrics_(metrics) {}

ExpirySweeper::~ExpirySweeper() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void ExpirySweeper::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ExpirySweeper::Sweep() {
  absl::StatusOr<std::vector<std::string>> ended = grants_.EndExpired();
  // The feed, which looks more often, says so.
  if (!ended.ok()) return;
  for (const std::string& id : *ended) {
    metrics_.RegistrationExpired();
    log::Warning("a grant has expired: its application service is unregistered",
                 {{"appservice_id", id}});
  }
  if (!ended->empty()) feed_.Wake();
}

void ExpirySweeper::Run() {
  while (true) {
    Sweep();
    absl::MutexLock lock(&mu_);
    if (mu_.AwaitWithTimeout(absl::Condition(&stopped_), options_.interval)) {
      return;
    }
  }
}

}  // namespace causeway::registry
