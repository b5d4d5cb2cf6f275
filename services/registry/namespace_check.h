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

// What is wrong with a namespace, or looks so.
struct NamespaceFinding {
  std::string field;  // "namespaces.users[0]"
  Namespace ns;
  bool refuses = false;  // False: advice.
  // "invalid", "beyond_grant", "overlap", "too_many_alike", or what
  // namespaces::LintCodeName() says.
  std::string code;
  std::string text;
  std::string witness;           // An ID that shows it; may be empty.
  std::string suggestion;        // Another regex; may be empty.
  std::optional<size_t> offset;  // Of the regex, in bytes.
};

// All that Register would refuse about `namespaces`, not just the first: for
// each the first thing of each code, in their order. `grant` may be null: its
// ceilings aren't checked then. Pure.
std::vector<NamespaceFinding> FindRefusals(
    const std::vector<Namespace>& namespaces, const Grant* grant,
    const Incumbents& others, const matrix::ServerName& server_name);

// What namespaces::Lint() says of those that are valid, in their order. Pure.
std::vector<NamespaceFinding> FindFlaws(
    const std::vector<Namespace>& namespaces,
    const matrix::ServerName& server_name);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_NAMESPACE_CHECK_H_
