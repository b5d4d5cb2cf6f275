#include "services/homeserver/wiring/ephemeral_parts.h"

#include "absl/time/time.h"

namespace causeway::homeserver {

EphemeralParts::EphemeralParts(
    GrpcEphemeralPushClient::Replicas& push_dispatchers,
    const std::string& source_name, NewsWaiters& waiters, const Clock& clock)
    : push(push_dispatchers, source_name),
      publisher({}, push),
      // The time of its start tells this process from those before it.
      count(absl::ToUnixMillis(clock.Now())),
      typing({}, count, waiters, publisher, clock),
      presence({}, count, waiters, publisher, clock),
      expiry(typing, presence) {}

}  // namespace causeway::homeserver
