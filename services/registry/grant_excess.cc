#include "services/registry/grant_excess.h"

#include <cstddef>
#include <utility>

#include "services/registry/name_claims.h"
#include "services/registry/namespace_claims.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

constexpr char kUrlField[] = "url";
constexpr char kSenderField[] = "sender_localpart";

}  // namespace

absl::StatusOr<std::vector<Excess>> FindExcess(
    const Registration& wanted, const Grant& grant,
    const matrix::ServerName& server_name, namespaces::Algebra& algebra) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const matrix::UserId sender,
      matrix::UserId::Make(wanted.sender_localpart, server_name));
  std::vector<Excess> excess;
  if (absl::Status refusal = HoldUrlAgainstGrant(wanted.url, grant);
      !refusal.ok()) {
    excess.push_back({kUrlField, std::move(refusal), ""});
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
  if (absl::Status refusal = HoldSenderAgainstGrant(sender, grant);
      !refusal.ok()) {
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
