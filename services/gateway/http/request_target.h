// The target of an HTTP request, taken apart.
// Source: https://www.rfc-editor.org/rfc/rfc9112#section-3.2

#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_REQUEST_TARGET_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_REQUEST_TARGET_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::gateway {

// The parameters of a query string, decoded, in their order.
//
// Thread-compatible.
class QueryParameters {
 public:
  void Add(std::string name, std::string value);

  // The first of that name.
  std::optional<absl::string_view> First(absl::string_view name) const;
  // The first of that name; empty when there is none.
  absl::string_view FirstOrEmpty(absl::string_view name) const;
  std::vector<absl::string_view> All(absl::string_view name) const;
  // All of them, by name and value.
  const std::vector<std::pair<std::string, std::string>>& all() const {
    return parameters_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

struct RequestTarget {
  // "/a/b%2Fc/" is {"a", "b/c", ""}: split on '/' first, decoded after, since
  // room aliases and users of the draft's days have slashes in their names.
  std::vector<std::string> segments;
  QueryParameters query;
};

// Takes origin form, absolute form and "*" (which has no segments).
// INVALID_ARGUMENT (M_INVALID_PARAM) names the path segment or the parameter
// whose percent-encoding is broken or that isn't UTF-8 once decoded.
absl::StatusOr<RequestTarget> ParseRequestTarget(absl::string_view target);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_REQUEST_TARGET_H_
