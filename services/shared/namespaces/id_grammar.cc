#include "services/shared/namespaces/id_grammar.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::namespaces {
namespace {

// No colon, no U+0000-U+001F, U+007F-U+009F.
constexpr absl::string_view kAnyLocalpart = "[^:[:cntrl:]\xc2\x80-\xc2\x9f]+";
constexpr absl::string_view kPlainLocalpart = "[a-z0-9._=/+-]+";
constexpr absl::string_view kPlainRoomLocalpart = "[A-Za-z0-9._=/+-]+";
// A port is at most 65535.
// Source: https://spec.matrix.org/v1.17/appendices/#server-name
constexpr absl::string_view kAnyServer =
    "([A-Za-z0-9.-]+|\\[[0-9A-Fa-f.:]{2,}])"
    "(:([0-5]?[0-9]{1,4}|6([0-4][0-9]{3}|5([0-4][0-9]{2}|5([0-2][0-9]|3[0-5]"
    ")))))?";

}  // namespace

std::string IdRegex(NamespaceKind kind, IdScope scope,
                    absl::string_view server_name) {
  const bool is_room = kind == NamespaceKind::kRooms;
  absl::string_view localpart = kAnyLocalpart;
  if (scope == IdScope::kOwnPlain) {
    localpart = is_room ? kPlainRoomLocalpart : kPlainLocalpart;
  }
  std::string server = scope == IdScope::kAny
                           ? absl::StrCat(":", kAnyServer)
                           : absl::StrCat(":", LiteralRegex(server_name));
  if (is_room && scope == IdScope::kAny)
    server = absl::StrCat("(", server, ")?");
  return absl::StrCat(std::string(1, SigilOf(kind)), localpart, server, "$");
}

std::string LiteralRegex(absl::string_view text) {
  std::string regex;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // Letters mean something else after a backslash, and so do other bytes than
    // ASCII's.
    if (absl::ascii_ispunct(byte)) regex.push_back('\\');
    regex.push_back(c);
  }
  return regex;
}

char SigilOf(NamespaceKind kind) {
  switch (kind) {
    case NamespaceKind::kUsers:
      return '@';
    case NamespaceKind::kAliases:
      return '#';
    case NamespaceKind::kRooms:
      return '!';
  }
  return '@';
}

}  // namespace causeway::namespaces
