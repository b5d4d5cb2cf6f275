// What can be an ID of a kind at all, as regexes of regex_syntax.h.
// Source: https://spec.matrix.org/v1.17/appendices/#identifier-grammar
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_ID_GRAMMAR_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_ID_GRAMMAR_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::namespaces {

// Each is within the one before it.
enum class IdScope {
  // All that matrix::Identifier::Parse() takes, but for their length:
  // localparts
  // of any characters but `:` and control characters, as in the draft's days;
  // any server, and for rooms none (room version 12).
  kAny,
  // Of these, those of one server.
  kOwn,
  // Of these, localparts of today: a-z 0-9 . _ = - / +, for rooms A-Z too.
  kOwnPlain,
};

// A regex that matches these IDs and, up to its `$`, nothing else.
// `server_name` is a valid one.
std::string IdRegex(NamespaceKind kind, IdScope scope,
                    absl::string_view server_name);

// A regex that matches `text` alone, as part of a longer one.
std::string LiteralRegex(absl::string_view text);

// `@`, `#` or `!`.
char SigilOf(NamespaceKind kind);

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_ID_GRAMMAR_H_
