#ifndef CAUSEWAY_SERVICES_SHARED_ACCESS_ACCESS_RULES_H_
#define CAUSEWAY_SERVICES_SHARED_ACCESS_ACCESS_RULES_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace causeway::access {

// Who makes a call, as far as that is proven.
struct Caller {
  // DNS names of its certificate: "causeway-gateway".
  std::vector<std::string> names = {};
  bool has_operator_token = false;
  // It came without TLS, so nobody is known, and only what operators alone may
  // do can be held back, by the token.
  bool is_plaintext = false;
};

// Who may call which RPC, as the protos say beside each
// (causeway/access/v1/access.proto).
//
// Thread-safe: immutable.
class AccessRules {
 public:
  // The rules of these services ("causeway.registry.v1.Registry"), whose protos
  // must be linked in.
  explicit AccessRules(absl::Span<const std::string> services);

  // Whether `caller` may call `path` ("/causeway.registry.v1.Registry/Watch").
  // UNAUTHENTICATED if nobody is known, PERMISSION_DENIED naming who may. What
  // is of none of the services (health, reflection) is open to whoever is
  // known.
  absl::Status Check(absl::string_view path, const Caller& caller) const;

 private:
  // Certificates' names, by path.
  absl::flat_hash_map<std::string, std::vector<std::string>> callers_;
};

}  // namespace causeway::access

#endif  // CAUSEWAY_SERVICES_SHARED_ACCESS_ACCESS_RULES_H_
