// Bracket expressions such as "[[:alpha:]_.-]", for regex_syntax.cc.
// Source: https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap09.html#tag_09_03_05
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_REGEX_BRACKET_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_REGEX_BRACKET_H_

#include "absl/status/statusor.h"
#include "services/shared/namespaces/char_set.h"
#include "services/shared/namespaces/regex_reader.h"

namespace causeway::namespaces {

// The characters that a bracket expression stands for. `reader` stands behind
// its `[`, and behind its `]` afterwards.
absl::StatusOr<CharSet> ParseBracket(RegexReader& reader);

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_REGEX_BRACKET_H_
