#include "services/registry/admission.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/registry/grant_excess.h"
#include "services/registry/name_claims.h"
#include "services/registry/namespace_claims.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

using namespaces::Algebra;
using namespaces::NamespaceKind;

absl::StatusOr<std::vector<Claim>> ListClaims(
    const std::vector<Namespace>& namespaces) {
  std::vector<std::string> fields = NamespaceFields(namespaces);
  std::vector<Claim> claims;
  claims.reserve(namespaces.size());
  for (size_t i = 0; i < namespaces.size(); ++i) {
    CAUSEWAY_ASSIGN_OR_RETURN(Claim claim,
                              MakeClaim(namespaces[i], std::move(fields[i])));
    claims.push_back(std::move(claim));
  }
  return claims;
}

absl::Status CheckClaims(const std::vector<Claim>& claims,
                         const Incumbents& others, Algebra& algebra) {
  for (const Claim& claim : claims) {
    CAUSEWAY_RETURN_IF_ERROR(HoldAgainstOthers(claim, others, algebra).refusal);
  }
  return absl::OkStatus();
}

absl::Status CheckIndexable(const std::vector<Claim>& claims,
                            const matrix::UserId& sender,
                            const Incumbents& others) {
  IndexRoom room(others);
  for (const Claim& claim : claims) {
    CAUSEWAY_RETURN_IF_ERROR(room.Add(
        claim.ns.kind, claim.pattern.literal_prefix(), claim.ns.regex));
  }
  return room.Add(NamespaceKind::kUsers, sender.str(), sender.str());
}

}  // namespace

absl::Status AdmitByGrant(const Registration& wanted, const Grant& grant,
                          const matrix::ServerName& server_name) {
  Algebra algebra(server_name.str());
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<Excess> excess,
                            FindExcess(wanted, grant, server_name, algebra));
  return excess.empty() ? absl::OkStatus() : excess.front().refusal;
}

absl::Status AdmitBeside(const Registration& wanted, const Incumbents& others,
                         const matrix::ServerName& server_name) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Claim> claims,
                            ListClaims(wanted.namespaces));
  CAUSEWAY_ASSIGN_OR_RETURN(
      matrix::UserId sender,
      matrix::UserId::Make(wanted.sender_localpart, server_name));
  Algebra algebra(server_name.str());
  CAUSEWAY_RETURN_IF_ERROR(HoldIdAgainstOthers(wanted.id, others));
  CAUSEWAY_RETURN_IF_ERROR(HoldSenderAgainstOthers(sender, others));
  CAUSEWAY_RETURN_IF_ERROR(CheckClaims(claims, others, algebra));
  CAUSEWAY_RETURN_IF_ERROR(HoldSenderAgainstNamespaces(sender, others));
  return CheckIndexable(claims, sender, others);
}

}  // namespace causeway::registry
