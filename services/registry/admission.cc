#include "services/registry/admission.h"

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

absl::Status CheckClaims(const std::vector<Claim>& claims,
                         const Incumbents& others, Comparison& comparison) {
  for (const Claim& claim : claims) {
    CAUSEWAY_RETURN_IF_ERROR(
        HoldAgainstOthers(claim, others, comparison).refusal);
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

absl::Status AdmitBeside(const Registration& wanted,
                         const std::vector<Claim>& claims,
                         const Incumbents& others,
                         const matrix::ServerName& server_name,
                         Comparison& comparison) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      matrix::UserId sender,
      matrix::UserId::Make(wanted.sender_localpart, server_name));
  CAUSEWAY_RETURN_IF_ERROR(HoldIdAgainstOthers(wanted.id, others));
  CAUSEWAY_RETURN_IF_ERROR(HoldSenderAgainstOthers(sender, others));
  CAUSEWAY_RETURN_IF_ERROR(CheckClaims(claims, others, comparison));
  CAUSEWAY_RETURN_IF_ERROR(HoldSenderAgainstNamespaces(sender, others));
  return CheckIndexable(claims, sender, others);
}

}  // namespace causeway::registry
