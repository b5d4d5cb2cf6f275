// The three kinds of namespace that a registration lists.
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_NAMESPACE_KIND_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_NAMESPACE_KIND_H_

#include "absl/strings/string_view.h"

namespace causeway::namespaces {

enum class NamespaceKind { kUsers = 0, kAliases = 1, kRooms = 2 };
inline constexpr int kNamespaceKindCount = 3;

// The registration's field: "users", "aliases", "rooms".
constexpr absl::string_view FieldName(NamespaceKind kind) {
  switch (kind) {
    case NamespaceKind::kUsers:
      return "users";
    case NamespaceKind::kAliases:
      return "aliases";
    case NamespaceKind::kRooms:
      return "rooms";
  }
  return "";
}

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_NAMESPACE_KIND_H_
