#include "services/gateway/rate_limits.h"

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::gateway {

RateLimits::RateLimits(const Options& options,
                       const registry_watch::LatestSnapshot& latest,
                       const Clock& clock, GatewayMetrics* metrics)
    : latest_(latest),
      clock_(clock),
      metrics_(metrics),
      by_user_(options.user),
      by_address_(options.address) {}

absl::Status RateLimits::AdmitPrincipal(
    const homeserver::v1::Principal& principal) {
  if (principal.has_appservice() && !IsBounded(principal.appservice())) {
    return absl::OkStatus();
  }
  const absl::Duration wait = by_user_.Take(
      principal.has_appservice() ? principal.appservice().user_id()
                                 : principal.user().user_id(),
      clock_.MonotonicNow());
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  if (metrics_ != nullptr) metrics_->RateLimited("user");
  return matrix::LimitExceeded("too many requests of this user", wait);
}

absl::Status RateLimits::AdmitAddress(absl::string_view address) {
  const absl::Duration wait = by_address_.Take(address, clock_.MonotonicNow());
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  if (metrics_ != nullptr) metrics_->RateLimited("address");
  return matrix::LimitExceeded("too many requests from this address", wait);
}

bool RateLimits::IsBounded(
    const homeserver::v1::Principal::Appservice& appservice) const {
  const std::string& user_id = appservice.user_id();
  if (user_id.empty()) return false;  // It acts as its own user.
  const std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot =
      latest_.Snapshot();
  const registry_watch::Registration* registration =
      snapshot->FindByUid(appservice.uid());
  return registration != nullptr && registration->rate_limited &&
         registration->dialect != registry_watch::Dialect::kDraft &&
         !absl::StartsWith(
             user_id, absl::StrCat("@", registration->sender_localpart, ":"));
}

}  // namespace causeway::gateway
