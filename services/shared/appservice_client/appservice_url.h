#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_APPSERVICE_URL_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_APPSERVICE_URL_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::appservice_client {

inline constexpr size_t kUrlBytesMax = 2048;

// Where an application service listens. Routes are appended to its URL, and a
// grant may bind it to a prefix, so it must mean what it looks like: http or
// https, a host, perhaps a port and a path, in printable ASCII; no user name,
// query or fragment, and no "." or ".." segment, with which a path would leave
// its prefix. Empty is a URL too: it wants no traffic.
// INVALID_ARGUMENT (M_INVALID_PARAM) names `field` and what is wrong.
absl::Status CheckAppserviceUrl(absl::string_view field, absl::string_view url);

// Whether `url`, a checked one, lies under `prefix`: it starts with it, and
// what comes after begins a new segment, so that "https://a.test" doesn't cover
// "https://a.test.evil". An empty prefix covers all, and an empty URL, where
// nothing is ever sent, lies under any.
bool IsUnderPrefix(absl::string_view url, absl::string_view prefix);

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_APPSERVICE_URL_H_
