#ifndef CAUSEWAY_SERVICES_HOMESERVER_PRINCIPAL_PROTO_H_
#define CAUSEWAY_SERVICES_HOMESERVER_PRINCIPAL_PROTO_H_

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/principal.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"

// How every RPC of the homeserver begins: who asks, and as whom.
namespace causeway::homeserver {

// A principal that may act, with the snapshot it was judged by, so that the
// rest of the request is judged by the same one.
struct Caller {
  Principal principal;
  ActingUser acting;
  std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot;
};

// INVALID_ARGUMENT names the field: the gateway's fault, not the client's.
absl::StatusOr<Principal> PrincipalFromProto(const v1::Principal& principal);

// A revision comes within milliseconds or, with the registry away, not at all.
inline constexpr absl::Duration kRevisionTimeout = absl::Seconds(5);

// Decodes `principal`, waits until the registry's revision that the gateway
// saw is known here too, and resolves whom it acts as.
// INVALID_ARGUMENT; UNAVAILABLE if the revision doesn't come in time; errors
// of ResolveActingUser.
boost::asio::awaitable<absl::StatusOr<Caller>> AwaitCaller(
    v1::Principal principal, registry_watch::LatestSnapshot& registry,
    matrix::ServerName server_name,
    absl::Duration revision_timeout = kRevisionTimeout);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_PRINCIPAL_PROTO_H_
