#ifndef CAUSEWAY_SERVICES_GATEWAY_INTERACTIVE_AUTH_H_
#define CAUSEWAY_SERVICES_GATEWAY_INTERACTIVE_AUTH_H_

#include <optional>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/credentials.pb.h"
#include "services/gateway/http/http_message.h"
#include "services/shared/matrix/json.h"

// Requests that are asked twice: the second time with an `auth` object, as the
// answer to the first one says.
// Source: https://spec.matrix.org/v1.17/client-server-api/#user-interactive-authentication-api
//
// There is never more than one stage, so a session has nothing to remember, and
// its name means nothing to us.
namespace causeway::gateway {

// What one has to show to go on.
enum class AuthStage {
  kDummy,     // m.login.dummy: nothing.
  kPassword,  // m.login.password
};

// The 401 that asks for `stage`. `is_wrong`: what came was refused.
HttpResponse AuthWanted(AuthStage stage, bool is_wrong);

// Whether the request `body` has gone through m.login.dummy.
// INVALID_ARGUMENT (M_BAD_JSON) names the field.
absl::StatusOr<bool> HasDummyAuth(const matrix::Json& body);

// What the request `body` shows of m.login.password. Empty: nothing. Besides:
// M_MISSING_PARAM.
absl::StatusOr<std::optional<homeserver::v1::PasswordProof>> ParsePasswordProof(
    const matrix::Json& body);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_INTERACTIVE_AUTH_H_
