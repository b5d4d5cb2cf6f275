#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FILTER_LISTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FILTER_LISTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/json.h"

// The lists of strings that a client's filters consist of.
// Source: https://spec.matrix.org/v1.17/client-server-api/#filtering
namespace causeway::homeserver {

// Nullopt when the field isn't there. INVALID_ARGUMENT (M_BAD_JSON) when it
// isn't a list of strings.
absl::StatusOr<std::optional<std::vector<std::string>>> GetFilterList(
    const matrix::Json& object, absl::string_view field);

// The same; empty when the field isn't there.
absl::StatusOr<std::vector<std::string>> GetFilterListOrNone(
    const matrix::Json& object, absl::string_view field);

bool ListHolds(const std::vector<std::string>& list, absl::string_view wanted);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_FILTER_LISTS_H_
