#include "services/gateway/rate_limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

const std::string& UserOf(const homeserver::v1::Principal& principal) {
  return principal.has_appservice() ? principal.appservice().user_id()
                                    : principal.user().user_id();
}

// By whose rights the request is made. Empty: a person's own.
const std::string& AppserviceOf(const homeserver::v1::Principal& principal) {
  if (principal.has_appservice()) return principal.appservice().uid();
  return principal.linked_appservice_uid().empty()
             ? principal.user().appservice_uid()
             : principal.linked_appservice_uid();
}

// The part of an address that one client can't change as it likes. What is no
// IPv6 address is taken as it is.
std::string NetworkOf(absl::string_view address) {
  constexpr size_t kIpv6NetworkBytes = 8;
  in6_addr ipv6;
  std::string text(address);
  if (inet_pton(AF_INET6, text.c_str(), &ipv6) != 1 ||
      IN6_IS_ADDR_V4MAPPED(&ipv6)) {
    return text;
  }
  return std::string(reinterpret_cast<const char*>(ipv6.s6_addr),
                     kIpv6NetworkBytes);
}

// The same for both names of an account.
absl::string_view LocalpartOf(absl::string_view user) {
  if (!absl::ConsumePrefix(&user, "@")) return user;
  return user.substr(0, user.find(':'));
}

}  // namespace

RateLimits::RateLimits(const Options& options,
                       const registry_watch::LatestSnapshot& latest,
                       const Clock& clock, GatewayMetrics* metrics)
    : latest_(latest),
      clock_(clock),
      metrics_(metrics),
      by_user_(options.user),
      by_address_(options.address),
      people_by_address_(options.address_people),
      logins_by_account_(options.account_logins) {}

absl::Status RateLimits::AdmitPrincipal(
    const homeserver::v1::Principal& principal, absl::string_view address) {
  if (!IsBounded(principal)) return absl::OkStatus();
  CAUSEWAY_RETURN_IF_ERROR(
      Admit(by_user_, UserOf(principal), LimitedBy::kUser, "of this user"));
  // All users of a bridge come from one address.
  if (!AppserviceOf(principal).empty()) return absl::OkStatus();
  return Admit(people_by_address_, NetworkOf(address),
               LimitedBy::kAddressPeople, "from this address");
}

absl::Status RateLimits::AdmitAddress(absl::string_view address) {
  return Admit(by_address_, NetworkOf(address), LimitedBy::kAddress,
               "from this address");
}

absl::Status RateLimits::AdmitLogIn(absl::string_view user) {
  return Admit(logins_by_account_, LocalpartOf(user), LimitedBy::kAccount,
               "to log in as this user");
}

absl::Status RateLimits::AdmitProof(
    const homeserver::v1::Principal& principal) {
  const std::string& user_id = UserOf(principal);
  return user_id.empty() ? absl::OkStatus() : AdmitLogIn(user_id);
}

absl::Status RateLimits::Admit(TokenBuckets& buckets, absl::string_view name,
                               LimitedBy bucket, absl::string_view whose) {
  const absl::Duration wait = buckets.Take(name, clock_.MonotonicNow());
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  if (metrics_ != nullptr) metrics_->RateLimited(bucket);
  return matrix::LimitExceeded(absl::StrCat("too many requests ", whose), wait);
}

bool RateLimits::IsBounded(const homeserver::v1::Principal& principal) const {
  const std::string& appservice_uid = AppserviceOf(principal);
  if (appservice_uid.empty()) return true;  // A person.
  const std::string& user_id = UserOf(principal);
  if (user_id.empty()) return false;  // It acts as its own user.
  const std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot =
      latest_.Snapshot();
  const registry_watch::Registration* registration =
      snapshot->FindByUid(appservice_uid);
  return registration != nullptr && registration->rate_limited &&
         registration->dialect != registry_watch::Dialect::kDraft &&
         !absl::StartsWith(
             user_id, absl::StrCat("@", registration->sender_localpart, ":"));
}

}  // namespace causeway::gateway
