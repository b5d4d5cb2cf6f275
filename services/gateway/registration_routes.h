#ifndef CAUSEWAY_SERVICES_GATEWAY_REGISTRATION_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_REGISTRATION_ROUTES_H_

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/gateway/heard_appservices.h"
#include "services/gateway/route.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/replicas.h"

namespace causeway::gateway {

// POST /register and /unregister of application services.
//
// They answer 200 when the change is in force, not when it is stored: from the
// answer on matching events go to the application service, and its token is
// good here. So they wait until push_dispatcher and this process have the
// registry's revision; if that takes too long the answer is 503, and repeating
// the request, which changes nothing, waits again.
//
// Thread-safe.
class RegistrationRoutes {
 public:
  struct Options {
    // How long registering waits for the change to be in force.
    absl::Duration in_force_timeout = absl::Seconds(10);
    // How long a push_dispatcher is waited for before another is asked.
    absl::Duration try_timeout = absl::Seconds(3);
  };

  // All must outlive the routes. `heard` is told of whoever registers.
  RegistrationRoutes(
      Options options, registry::v1::Registry::StubInterface& registry,
      server::Replicas<push::v1::PushDispatcher>& push_dispatchers,
      registry_watch::LatestSnapshot& latest, const Clock& clock,
      HeardAppservices& heard);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  Answer Register(const RoutedRequest& request);
  Answer Unregister(const RoutedRequest& request);
  boost::asio::awaitable<absl::Status> AwaitInForce(int64_t revision,
                                                    server::CallContext call);
  boost::asio::awaitable<absl::Status> AwaitApplied(int64_t revision,
                                                    server::CallContext call);

  const Options options_;
  registry::v1::Registry::StubInterface& registry_;
  server::Replicas<push::v1::PushDispatcher>& push_dispatchers_;
  registry_watch::LatestSnapshot& latest_;
  const Clock& clock_;
  HeardAppservices& heard_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_REGISTRATION_ROUTES_H_
