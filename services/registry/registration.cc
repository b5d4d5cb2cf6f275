#include "services/registry/registration.h"

#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/appservice_client/appservice_url.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

using matrix::InvalidParam;
using namespaces::kNamespaceKindCount;
using namespaces::NamespacePattern;

absl::Status CheckNamespaces(const std::vector<Namespace>& namespaces) {
  CAUSEWAY_RETURN_IF_ERROR(CheckNamespaceCount(namespaces));
  const std::vector<std::string> fields = NamespaceFields(namespaces);
  for (size_t i = 0; i < namespaces.size(); ++i) {
    CAUSEWAY_RETURN_IF_ERROR(CheckNamespace(namespaces[i], fields[i]));
  }
  return absl::OkStatus();
}

}  // namespace

Registration FilledIn(Registration claimed, const Grant& grant) {
  if (claimed.id.empty()) claimed.id = grant.name;
  if (claimed.sender_localpart.empty()) {
    claimed.sender_localpart = grant.sender_localpart;
  }
  return claimed;
}

absl::StatusOr<Registration> ParseRegistration(
    Registration claimed, const Grant& grant,
    const matrix::ServerName& server_name) {
  claimed = FilledIn(std::move(claimed), grant);
  CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(claimed.id));
  CAUSEWAY_RETURN_IF_ERROR(
      appservice_client::CheckAppserviceUrl("url", claimed.url));
  CAUSEWAY_RETURN_IF_ERROR(matrix::UserId::Make(claimed.sender_localpart,
                                                server_name, "sender_localpart")
                               .status());
  CAUSEWAY_RETURN_IF_ERROR(CheckNamespaces(claimed.namespaces));
  CAUSEWAY_RETURN_IF_ERROR(
      registration_file::CheckProtocols(claimed.protocols));
  CAUSEWAY_RETURN_IF_ERROR(
      registration_file::CheckExtraFields(claimed.extra_fields_yaml));
  return claimed;
}

std::vector<std::string> NamespaceFields(
    const std::vector<Namespace>& namespaces) {
  std::array<int, kNamespaceKindCount> counts = {};
  std::vector<std::string> fields;
  fields.reserve(namespaces.size());
  for (const Namespace& ns : namespaces) {
    fields.push_back(absl::StrCat("namespaces.", namespaces::FieldName(ns.kind),
                                  "[", counts[static_cast<size_t>(ns.kind)]++,
                                  "]"));
  }
  return fields;
}

absl::Status CheckNamespace(const Namespace& ns, absl::string_view field) {
  // PostgreSQL can't keep it, and no ID holds it.
  if (absl::StrContains(ns.regex, '\0')) {
    return InvalidParam(field, "holds the character U+0000");
  }
  const absl::StatusOr<NamespacePattern> pattern =
      NamespacePattern::Compile(ns.regex);
  if (!pattern.ok()) return InvalidParam(field, pattern.status().message());
  return absl::OkStatus();
}

absl::Status CheckNamespaceCount(const std::vector<Namespace>& namespaces) {
  if (namespaces.size() <= kNamespacesMax) return absl::OkStatus();
  return InvalidParam("namespaces",
                      absl::StrCat("are more than ", kNamespacesMax));
}

}  // namespace causeway::registry
