#ifndef CAUSEWAY_SERVICES_GATEWAY_MEDIA_HEADERS_H_
#define CAUSEWAY_SERVICES_GATEWAY_MEDIA_HEADERS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

// How media are shown to browsers. Whoever may upload could otherwise have this
// server's name on a page of theirs.
// Source: https://spec.matrix.org/v1.17/client-server-api/#serving-inline-content
namespace causeway::gateway {

// The headers of an answer besides Content-Type: a sandbox that nothing in the
// file gets out of, no guessing of types, and Content-Disposition: inline for
// types that are safe to show, else attachment. `file_name` may be empty, and
// has no control characters.
std::vector<std::pair<std::string, std::string>> MediaHeaders(
    absl::string_view content_type, absl::string_view file_name);

// Whether a thumbnail of it can be shown: the picture itself is one.
bool IsPicture(absl::string_view content_type);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_MEDIA_HEADERS_H_
