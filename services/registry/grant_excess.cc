#include "services/registry/grant_excess.h"

#include <cstddef>
#include <utility>

#include "services/registry/namespace_claims.h"
#include "services/registry/registry_errors.h"
#include "services/shared/appservice_client/appservice_url.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

constexpr char kUrlField[] = "url";
constexpr char kSenderField[] = "sender_localpart";

absl::Status CheckSender(const matrix::UserId& sender, const Grant& grant) {
  if (sender.localpart() == grant.name ||
      sender.localpart() == grant.sender_localpart) {
    return absl::OkStatus();
  }
  for (const std::string& ceiling : grant.ceilings.users) {
    CAUSEWAY_ASSIGN_OR_RETURN(namespaces::NamespacePattern pattern,
                              namespaces::NamespacePattern::Compile(ceiling));
    if (pattern.Matches(sender.str())) return absl::OkStatus();
  }
  return SenderOutsideGrant(sender.str(), grant.name);
}

}  // namespace

absl::StatusOr<std::vector<Excess>> FindExcess(
    const Registration& wanted, const Grant& grant,
    const matrix::ServerName& server_name, namespaces::Algebra& algebra) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const matrix::UserId sender,
      matrix::UserId::Make(wanted.sender_localpart, server_name));
  std::vector<Excess> excess;
  if (!appservice_client::IsUnderPrefix(wanted.url, grant.url_prefix)) {
    excess.push_back(
        {kUrlField, UrlOutsideGrant(wanted.url, grant.url_prefix), ""});
  }
  const std::vector<std::string> fields = NamespaceFields(wanted.namespaces);
  for (size_t i = 0; i < fields.size(); ++i) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Claim claim,
                              MakeClaim(wanted.namespaces[i], fields[i]));
    Objection objection = HoldAgainstGrant(claim, grant, algebra);
    if (objection.refusal.ok()) continue;
    excess.push_back({fields[i], std::move(objection.refusal),
                      std::move(objection.witness)});
  }
  if (absl::Status refusal = CheckSender(sender, grant); !refusal.ok()) {
    excess.push_back({kSenderField, std::move(refusal), sender.str()});
  }
  return excess;
}

Grant Widened(Grant grant, const Registration& wanted,
              const std::vector<Excess>& excess) {
  const std::vector<std::string> fields = NamespaceFields(wanted.namespaces);
  for (const Excess& one : excess) {
    if (one.field == kUrlField) grant.url_prefix = wanted.url;
    if (one.field == kSenderField) {
      grant.sender_localpart = wanted.sender_localpart;
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      if (fields[i] != one.field) continue;
      const Namespace& ns = wanted.namespaces[i];
      grant.ceilings.OfKind(ns.kind, /*shared=*/!ns.exclusive)
          .push_back(ns.regex);
    }
  }
  return grant;
}

}  // namespace causeway::registry
