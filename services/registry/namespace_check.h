#ifndef CAUSEWAY_SERVICES_REGISTRY_NAMESPACE_CHECK_H_
#define CAUSEWAY_SERVICES_REGISTRY_NAMESPACE_CHECK_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/registry/grant.h"
#include "services/registry/incumbents.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::registry {

// What is wrong with what somebody might register, or looks so.
struct Finding {
  // "as_token", "id", "url", "namespaces.users[0]", "sender_localpart".
  std::string field;
  std::optional<Namespace> ns;  // If it is about one.
  bool refuses = false;         // False: advice.
  // As in registry.proto; for advice about a namespace what
  // namespaces::LintCodeName() says.
  std::string code;
  std::string text;
  std::string witness;           // An ID that shows it; may be empty.
  std::string suggestion;        // Another regex; may be empty.
  std::optional<size_t> offset;  // Of the regex, in bytes.
};

// All that Register would refuse about the id, URL, namespaces and own user of
// `wanted`, which need not have been parsed, not just the first: for each the
// first thing of each code, in that order. An id or own user that is empty
// isn't looked at. `grant` may be null: nothing is held against it then. Pure.
std::vector<Finding> FindRefusals(const Registration& wanted,
                                  const Grant* grant, const Incumbents& others,
                                  const matrix::ServerName& server_name);

// What namespaces::Lint() says of those that are valid, in their order. Pure.
std::vector<Finding> FindFlaws(const std::vector<Namespace>& namespaces,
                               const matrix::ServerName& server_name);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_NAMESPACE_CHECK_H_
