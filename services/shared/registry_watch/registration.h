#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REGISTRATION_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REGISTRATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry_watch {

using appservice_client::Dialect;

struct Namespace {
  namespaces::NamespaceKind kind = namespaces::NamespaceKind::kUsers;
  std::string regex;
  bool exclusive = false;

  bool operator==(const Namespace&) const = default;
};

// One registered application service, as other services see it. The bounds are
// those of causeway.registry.v1.Appservice, and the registry has checked them.
// Every field has a default, so that tests may name only those that matter.
struct Registration {
  std::string uid = "";  // Never used again, also after unregister.
  std::string id = "";
  std::string url = "";              // Empty: it wants no traffic.
  std::string as_token_sha256 = "";  // 32 bytes.
  // To be opened with the key that only processes that call application
  // services hold (secrets/secret_box.h; the uid is the associated data).
  // Empty where the watcher did not ask for secrets.
  std::string hs_token_sealed = "";
  // The one before, sealed alike, and until when it may be presented where the
  // other one is refused. Empty: none.
  std::string previous_hs_token_sealed = "";
  absl::Time previous_hs_token_until = absl::InfinitePast();
  std::string sender_localpart = "";
  std::vector<Namespace> namespaces = {};
  Dialect dialect = Dialect::kV1;
  bool receive_ephemeral = false;
  bool rate_limited = false;
  std::vector<std::string> protocols = {};
  // Whether its URL may lead to loopback and private networks.
  bool private_networks_allowed = true;
  // From then on it authenticates nobody and is sent nothing, whether or not a
  // registry is there to end it.
  absl::Time expire_time = absl::InfiniteFuture();
  int64_t revision = 0;  // The one that brought it to this form.

  bool HasExpired(absl::Time now) const { return now >= expire_time; }

  bool operator==(const Registration&) const = default;
};

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REGISTRATION_H_
