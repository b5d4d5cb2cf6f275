// What looks wrong with a namespace though it is a valid regex.
//
// The homeservers of today read one registration in two ways: Synapse matches
// from the ID's start (Python's re.match), and so do we; Dendrite (Go's
// regexp.MatchString), Conduit and Tuwunel (Rust's is_match) search for a match
// anywhere in it. None pins the end. A namespace means the same everywhere if
// no match can begin later: `@` and `#` stand nowhere else in IDs of today.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_LINT_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_LINT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::namespaces {

enum class LintCode {
  kMatchesNothing,     // No ID of that kind.
  kMatchesEverything,  // All IDs of this server.
  kNoServerPart,       // IDs of any server; users and aliases only.
  kOpenServerPart,     // IDs of servers whose names go on after this one's.
  kUnescapedDot,       // `.` between letters is any character.
  kAnchoring,          // Homeservers disagree on what it matches.
  kNoUnderscore,       // Not `@_` or `#_`, which people's IDs don't begin with.
  kLeadingWildcard,    // Tried for every ID: slow for all.
};

// "matches_nothing" and so on.
absl::string_view LintCodeName(LintCode code);

struct LintFinding {
  LintCode code = LintCode::kMatchesNothing;
  std::string text;              // A sentence without a full stop.
  std::optional<size_t> offset;  // In bytes, where it is about one place.
  std::string witness;           // An ID that shows it; may be empty.
  std::string suggestion;        // Another regex, valid; may be empty.
};

// In the order of LintCode. What `algebra` can't decide isn't found.
// `server_name` is this homeserver's. INVALID_ARGUMENT as ParseRegex.
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
absl::StatusOr<std::vector<LintFinding>> Lint(NamespaceKind kind,
                                              absl::string_view regex,
                                              absl::string_view server_name,
                                              Algebra& algebra);

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_LINT_H_
