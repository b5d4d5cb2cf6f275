// Where a request goes: the URL and the token's place, by dialect.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ROUTES_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ROUTES_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::appservice_client {

inline constexpr size_t kUrlBytesMax = 2048;

struct Target {
  std::string url;
  // "Bearer T_h", or empty when the token stands in the URL.
  std::string authorization;
};

// Whether `url` can be an AS's: http or https, a host, no user name, query or
// fragment, no characters that a URL can't hold. INVALID_ARGUMENT that names
// the URL and what is wrong; the registry asks this at registration.
absl::Status ValidateAppserviceUrl(absl::string_view url);

// Where `request` goes when it is sent in `dialect`. INVALID_ARGUMENT as above,
// or when the token can't stand in a header; UNIMPLEMENTED for kPing in kDraft.
absl::StatusOr<Target> MakeTarget(const AppserviceRequest& request,
                                  Dialect dialect);

// "GET", "PUT" or "POST".
absl::string_view Method(Route route);

// Whether a v1 registration that doesn't know v1's path is tried on the other.
// Source: https://spec.matrix.org/v1.17/application-service-api/#legacy-routes
bool HasFallback(Route route);
// Whether what was found is remembered for the next request (route_memory.h).
bool IsRemembered(Route route);

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ROUTES_H_
