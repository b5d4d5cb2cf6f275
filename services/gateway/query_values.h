#ifndef CAUSEWAY_SERVICES_GATEWAY_QUERY_VALUES_H_
#define CAUSEWAY_SERVICES_GATEWAY_QUERY_VALUES_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/gateway/http/request_target.h"

namespace causeway::gateway {

// A parameter that is a whole number, not below zero; empty when it is missing.
// INVALID_ARGUMENT (M_INVALID_PARAM) names it.
absl::StatusOr<std::optional<int64_t>> GetNumber(const QueryParameters& query,
                                                 absl::string_view name);

// A parameter that is "true" or "false"; false when it is missing. As above.
absl::StatusOr<bool> GetFlag(const QueryParameters& query,
                             absl::string_view name);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_QUERY_VALUES_H_
