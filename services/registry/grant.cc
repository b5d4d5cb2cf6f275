#include "services/registry/grant.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/registry/grant_breadth.h"
#include "services/shared/appservice_client/appservice_url.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

using matrix::InvalidParam;
using namespaces::NamespaceKind;
using namespaces::NamespacePattern;

constexpr NamespaceKind kKinds[] = {
    NamespaceKind::kUsers, NamespaceKind::kAliases, NamespaceKind::kRooms};

// `list` as in "ceilings.users".
absl::Status CheckCeilings(NamespaceKind kind, absl::string_view list,
                           const std::vector<std::string>& regexes,
                           bool allow_broad,
                           const matrix::ServerName& server_name) {
  if (regexes.size() > kCeilingsMax) {
    return InvalidParam(list, absl::StrCat("are more than ", kCeilingsMax));
  }
  for (size_t i = 0; i < regexes.size(); ++i) {
    const std::string field = absl::StrCat(list, "[", i, "]");
    if (absl::StrContains(regexes[i], '\0')) {
      return InvalidParam(field, "holds the character U+0000");
    }
    absl::StatusOr<NamespacePattern> pattern =
        NamespacePattern::Compile(regexes[i]);
    if (!pattern.ok()) return InvalidParam(field, pattern.status().message());
    if (allow_broad) continue;
    const std::optional<std::string> witness =
        FindBroadness(kind, *pattern, server_name);
    if (witness.has_value()) {
      return InvalidParam(
          field, absl::StrCat(matrix::Quote(regexes[i]),
                              " would allow what nobody has named, such as ",
                              matrix::Quote(*witness),
                              "; if that is meant, set allow_broad"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAllCeilings(const Grant& grant,
                              const matrix::ServerName& server_name) {
  for (const bool shared : {false, true}) {
    for (NamespaceKind kind : kKinds) {
      CAUSEWAY_RETURN_IF_ERROR(CheckCeilings(
          kind,
          absl::StrCat("ceilings.", shared ? "shared_" : "",
                       namespaces::FieldName(kind)),
          grant.ceilings.OfKind(kind, shared), grant.allow_broad, server_name));
    }
  }
  return absl::OkStatus();
}

}  // namespace

const std::vector<std::string>& Ceilings::OfKind(NamespaceKind kind,
                                                 bool shared) const {
  return const_cast<Ceilings*>(this)->OfKind(kind, shared);
}

std::vector<std::string>& Ceilings::OfKind(NamespaceKind kind, bool shared) {
  switch (kind) {
    case NamespaceKind::kAliases:
      return shared ? shared_aliases : aliases;
    case NamespaceKind::kRooms:
      return shared ? shared_rooms : rooms;
    case NamespaceKind::kUsers:
      break;
  }
  return shared ? shared_users : users;
}

std::vector<std::string> Ceilings::For(NamespaceKind kind,
                                       bool exclusive) const {
  std::vector<std::string> regexes = OfKind(kind);
  if (!exclusive) {
    const std::vector<std::string>& more = OfKind(kind, /*shared=*/true);
    regexes.insert(regexes.end(), more.begin(), more.end());
  }
  return regexes;
}

bool AllowSame(const Grant& a, const Grant& b) {
  return a.name == b.name && a.as_token_sha256 == b.as_token_sha256 &&
         a.ceilings == b.ceilings && a.url_prefix == b.url_prefix &&
         a.sender_localpart == b.sender_localpart &&
         a.private_networks_allowed == b.private_networks_allowed &&
         a.expire_time == b.expire_time;
}

absl::Status CheckGrantName(absl::string_view name) {
  if (name.empty() || name.size() > kGrantNameBytesMax) {
    return InvalidParam(
        "name", absl::StrCat("must have 1 to ", kGrantNameBytesMax, " bytes"));
  }
  for (char c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '.' &&
        c != '_' && c != '-') {
      return InvalidParam("name", "may hold A-Z a-z 0-9 . _ - only");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTokenHash(absl::string_view as_token_sha256) {
  if (as_token_sha256.size() == matrix::kSha256Bytes) return absl::OkStatus();
  return InvalidParam(
      "as_token_sha256",
      absl::StrCat("must have ", matrix::kSha256Bytes, " bytes"));
}

absl::StatusOr<Grant> ParseGrant(Grant claimed,
                                 const matrix::ServerName& server_name) {
  CAUSEWAY_RETURN_IF_ERROR(CheckGrantName(claimed.name));
  CAUSEWAY_RETURN_IF_ERROR(CheckTokenHash(claimed.as_token_sha256));
  CAUSEWAY_RETURN_IF_ERROR(CheckAllCeilings(claimed, server_name));
  if (claimed.ceilings == Ceilings()) {
    return InvalidParam("ceilings", "are all empty: nothing would be allowed");
  }
  CAUSEWAY_RETURN_IF_ERROR(
      appservice_client::CheckAppserviceUrl("url_prefix", claimed.url_prefix));
  if (claimed.sender_localpart.empty()) claimed.sender_localpart = claimed.name;
  CAUSEWAY_RETURN_IF_ERROR(matrix::UserId::Make(claimed.sender_localpart,
                                                server_name, "sender_localpart")
                               .status());
  return claimed;
}

}  // namespace causeway::registry
