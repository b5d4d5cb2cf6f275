#include "services/registry/registration.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/appservice_client/appservice_url.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

using matrix::InvalidParam;
using namespaces::kNamespaceKindCount;
using namespaces::NamespacePattern;

absl::Status CheckText(absl::string_view field, absl::string_view text,
                       size_t bytes_max) {
  if (text.size() > bytes_max) {
    return InvalidParam(field,
                        absl::StrCat("has more than ", bytes_max, " bytes"));
  }
  if (!matrix::IsValidUtf8(text)) return InvalidParam(field, "is not UTF-8");
  if (matrix::HasControlCharacter(text)) {
    return InvalidParam(field, "holds a control character");
  }
  return absl::OkStatus();
}

absl::Status CheckNamespaces(const std::vector<Namespace>& namespaces) {
  CAUSEWAY_RETURN_IF_ERROR(CheckNamespaceCount(namespaces));
  const std::vector<std::string> fields = NamespaceFields(namespaces);
  for (size_t i = 0; i < namespaces.size(); ++i) {
    CAUSEWAY_RETURN_IF_ERROR(CheckNamespace(namespaces[i], fields[i]));
  }
  return absl::OkStatus();
}

absl::Status CheckProtocols(const std::vector<std::string>& protocols) {
  if (protocols.size() > kProtocolsMax) {
    return InvalidParam("protocols",
                        absl::StrCat("are more than ", kProtocolsMax));
  }
  for (size_t i = 0; i < protocols.size(); ++i) {
    CAUSEWAY_RETURN_IF_ERROR(CheckText(absl::StrCat("protocols[", i, "]"),
                                       protocols[i], kProtocolBytesMax));
  }
  return absl::OkStatus();
}

absl::Status CheckExtraFields(absl::string_view yaml) {
  constexpr char kField[] = "extra_fields_yaml";
  if (yaml.size() > kExtraFieldsBytesMax) {
    return InvalidParam(
        kField, absl::StrCat("has more than ", kExtraFieldsBytesMax, " bytes"));
  }
  // PostgreSQL can't keep U+0000.
  if (!matrix::IsValidUtf8(yaml) || absl::StrContains(yaml, '\0')) {
    return InvalidParam(kField, "is not UTF-8 without U+0000");
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
  CAUSEWAY_RETURN_IF_ERROR(CheckProtocols(claimed.protocols));
  CAUSEWAY_RETURN_IF_ERROR(CheckExtraFields(claimed.extra_fields_yaml));
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

absl::Status CheckAppserviceId(absl::string_view id) {
  if (id.empty()) return InvalidParam("id", "is empty");
  return CheckText("id", id, kAppserviceIdBytesMax);
}

absl::Status CheckAsToken(absl::string_view token) {
  if (token.empty()) return matrix::MissingToken();
  if (token.size() > kTokenBytesMax) {
    return InvalidParam(
        "as_token", absl::StrCat("has more than ", kTokenBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckHsToken(absl::string_view token) {
  if (token.size() > kTokenBytesMax) {
    return InvalidParam(
        "hs_token", absl::StrCat("has more than ", kTokenBytesMax, " bytes"));
  }
  for (char c : token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return InvalidParam("hs_token",
                          "holds a character that isn't printable ASCII");
    }
  }
  return absl::OkStatus();
}

}  // namespace causeway::registry
