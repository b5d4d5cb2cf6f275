#ifndef CAUSEWAY_SERVICES_SHARED_ACCESS_CALL_GUARD_H_
#define CAUSEWAY_SERVICES_SHARED_ACCESS_CALL_GUARD_H_

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/shared/access/access_rules.h"
#include "services/shared/access/operator_token.h"
#include "services/shared/tls/identity.h"

namespace grpc {
class ServerCredentials;
}  // namespace grpc

namespace causeway::access {

// Decides about every call of a gRPC server, unary or stream, before it is
// handled.
struct CallGuard {
  AccessRules rules;
  std::optional<OperatorToken> token;
  // Told of each call that is refused, on gRPC's threads: its path, its request
  // ID as it came (anything; empty: without one), and why.
  std::function<void(absl::string_view path, absl::string_view request_id,
                     const absl::Status& why)>
      refused;
};

// Credentials of a server that lets through what `guard` allows: with TLS as
// `identity`, or in plaintext when that is null. With a token operators may
// come without a certificate.
std::shared_ptr<grpc::ServerCredentials> GuardedCredentials(
    const tls::Identity* identity, CallGuard guard);

}  // namespace causeway::access

#endif  // CAUSEWAY_SERVICES_SHARED_ACCESS_CALL_GUARD_H_
