#ifndef CAUSEWAY_SERVICES_HOMESERVER_WIRING_EPHEMERAL_PARTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_WIRING_EPHEMERAL_PARTS_H_

#include <string>

#include "services/homeserver/ephemeral/ephemeral_count.h"
#include "services/homeserver/ephemeral/ephemeral_publisher.h"
#include "services/homeserver/ephemeral/expiry_loop.h"
#include "services/homeserver/ephemeral/grpc_ephemeral_push_client.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/ephemeral/typing.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/shared/clock/clock.h"

namespace causeway::homeserver {

// What lives in memory alone, to the services of this process.
struct EphemeralParts {
  EphemeralParts(GrpcEphemeralPushClient::Replicas& push_dispatchers,
                 const std::string& source_name, NewsWaiters& waiters,
                 const Clock& clock);

  GrpcEphemeralPushClient push;
  EphemeralPublisher publisher;
  EphemeralCount count;
  Typing typing;
  Presence presence;
  ExpiryLoop expiry;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_WIRING_EPHEMERAL_PARTS_H_
