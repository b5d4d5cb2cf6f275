#ifndef CAUSEWAY_SERVICES_GATEWAY_REGISTRATION_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_REGISTRATION_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/registry/v1/registry.pb.h"

// What application services say of themselves over HTTP, as the registry takes
// it. Only types are judged here; bounds, regular expressions and grants are
// the registry's.
namespace causeway::gateway {

// The body of POST /register, in either dialect: with an `id` it is today's
// registration, without one the draft's. A namespace is {"regex", "exclusive"}
// or, the draft's way, a string.
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
// UNAUTHENTICATED (M_MISSING_TOKEN) without an `as_token`; INVALID_ARGUMENT
// (M_NOT_JSON, M_BAD_JSON, M_MISSING_PARAM) names the field.
absl::StatusOr<registry::v1::RegisterRequest> ParseRegistration(
    absl::string_view body);

// The body of POST /unregister. Errors of ParseRegistration().
absl::StatusOr<registry::v1::UnregisterRequest> ParseUnregistration(
    absl::string_view body);

// {"hs_token": ...}
std::string RegistrationAnswer(const registry::v1::RegisterResponse& response);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_REGISTRATION_JSON_H_
