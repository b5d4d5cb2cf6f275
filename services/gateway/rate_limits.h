#ifndef CAUSEWAY_SERVICES_GATEWAY_RATE_LIMITS_H_
#define CAUSEWAY_SERVICES_GATEWAY_RATE_LIMITS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/token_buckets.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::gateway {

// How much one client may ask.
// Source: https://spec.matrix.org/v1.17/client-server-api/#rate-limiting
//
// A person is bounded by its user ID, and together with all people who come
// from the same address, more generously; who has no token, or none that is
// known, by the address: registering, logging in, guessing tokens. Of IPv6 that
// is the network of 64 bits, since who has one address has all. Whatever a
// password is guessed by is bounded by the account besides, wherever the
// guesses come from: logging in, and what needs the password besides a token.
// Of application services only those are bounded that registered as
// `rate_limited`, and not as they themselves but as each of their users, by
// whichever token, and of those who linked them.
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
// Those of the draft, which knew no such thing, are not.
//
// Thread-safe.
class RateLimits {
 public:
  struct Options {
    TokenBuckets::Options user;
    TokenBuckets::Options address;
    TokenBuckets::Options address_people;
    TokenBuckets::Options account_logins;
  };

  // The references must outlive this object; `metrics` may be null.
  RateLimits(const Options& options,
             const registry_watch::LatestSnapshot& latest, const Clock& clock,
             GatewayMetrics* metrics);

  // RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED) that says when to try again.
  absl::Status AdmitPrincipal(const homeserver::v1::Principal& principal,
                              absl::string_view address);
  absl::Status AdmitAddress(absl::string_view address);
  // `user` as clients name it: a localpart or a user ID.
  absl::Status AdmitLogIn(absl::string_view user);
  // Counts as logging in as whom `principal` acts, if that can have a password.
  absl::Status AdmitProof(const homeserver::v1::Principal& principal);

 private:
  // One request of those of `name`, which a refusal calls `whose`.
  absl::Status Admit(TokenBuckets& buckets, absl::string_view name,
                     LimitedBy bucket, absl::string_view whose);
  bool IsBounded(const homeserver::v1::Principal& principal) const;

  const registry_watch::LatestSnapshot& latest_;
  const Clock& clock_;
  GatewayMetrics* const metrics_;
  TokenBuckets by_user_;
  TokenBuckets by_address_;
  TokenBuckets people_by_address_;
  TokenBuckets logins_by_account_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_RATE_LIMITS_H_
