// Whether a requested namespace stays within what an operator has granted.
//
// Today a request is contained if a ceiling is `.*` or is the same text. That
// refuses some requests that it could allow and never allows one that it should
// refuse. Deciding containment of regular languages comes behind this same
// function, whose refusal then adds a witness:
//   users[0] "@irc_.*" exceeds the grant: it would also claim "@irc_admin"
//
// Pure. Thread-safe.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_CONTAINMENT_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_CONTAINMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace causeway::namespaces {

// `field` says where in the registration the regex stands ("users[0]");
// `ceilings` are the grant's of that kind, none meaning nothing is allowed.
// Both are valid patterns (namespace_pattern.h).
// PERMISSION_DENIED (M_FORBIDDEN): users[0] "@irc_.*" exceeds the grant
absl::Status CheckContained(absl::string_view field, absl::string_view regex,
                            absl::Span<const std::string> ceilings);

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_CONTAINMENT_H_
