#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRATION_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRATION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/registry/grant.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registration_file/registration_fields.h"
#include "services/shared/registry_watch/registration.h"

namespace causeway::registry {

using registry_watch::Dialect;
using registry_watch::Namespace;

using registration_file::CheckAppserviceId;
using registration_file::CheckAsToken;
using registration_file::CheckHsToken;

inline constexpr size_t kNamespacesMax = 1000;

// What an application service says of itself, either dialect's way, checked
// but not against its grant and what others have (admission.h).
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
struct Registration {
  std::string id;
  std::string url;  // Empty: it wants no traffic.
  std::string sender_localpart;
  std::vector<Namespace> namespaces;
  bool rate_limited = false;
  std::vector<std::string> protocols;
  bool receive_ephemeral = false;
  Dialect dialect = Dialect::kV1;
  // Of its file, what the specification doesn't have: kept, and shown to who
  // asks for it.
  std::string extra_fields_yaml = "";

  bool operator==(const Registration&) const = default;
};

// `claimed` with what a registration of the draft leaves out, its id and
// sender_localpart, from its grant.
Registration FilledIn(Registration claimed, const Grant& grant);

// Checks `claimed`, as it came from outside, filled in.
//
// INVALID_ARGUMENT (M_INVALID_PARAM) names the field and what is wrong with it;
// for a namespace "namespaces.users[0]", the regex and why.
absl::StatusOr<Registration> ParseRegistration(
    Registration claimed, const Grant& grant,
    const matrix::ServerName& server_name);

// What each namespace is called in messages: "namespaces.users[0]" is the first
// of users, as the application service counts them.
std::vector<std::string> NamespaceFields(
    const std::vector<Namespace>& namespaces);

// Whether its regex is one. INVALID_ARGUMENT (M_INVALID_PARAM) that names
// `field`, the regex and why.
absl::Status CheckNamespace(const Namespace& ns, absl::string_view field);

// At most kNamespacesMax. INVALID_ARGUMENT (M_INVALID_PARAM).
absl::Status CheckNamespaceCount(const std::vector<Namespace>& namespaces);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRATION_H_
