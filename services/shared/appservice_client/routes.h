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

struct Target {
  std::string url;
  // "Bearer T_h", or empty when the token stands in the URL.
  std::string authorization;
};

// Where `request` goes when it is sent in `dialect`. INVALID_ARGUMENT without
// a URL that appservice_url.h takes, or when the token can't stand in a header;
// UNIMPLEMENTED for kPing in kDraft.
absl::StatusOr<Target> MakeTarget(const AppserviceRequest& request,
                                  Dialect dialect);

// "GET", "PUT" or "POST".
absl::string_view Method(Route route);

// Whether a v1 registration that doesn't know v1's path is tried on the other.
// Source: https://spec.matrix.org/v1.17/application-service-api/#legacy-routes
bool HasFallback(Route route);
// Whether the draft's path, once found, is where the next request goes first
// (route_memory.h).
bool IsRemembered(Route route);

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ROUTES_H_
