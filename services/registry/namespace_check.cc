#include "services/registry/namespace_check.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/registry/namespace_claims.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/namespaces/lint.h"

namespace causeway::registry {
namespace {

using namespaces::Algebra;
using namespaces::LintFinding;

}  // namespace

std::vector<NamespaceFinding> FindRefusals(
    const std::vector<Namespace>& namespaces, const Grant* grant,
    const Incumbents& others, const matrix::ServerName& server_name) {
  Algebra algebra(server_name.str());
  IndexRoom room(others);
  const std::vector<std::string> fields = NamespaceFields(namespaces);
  std::vector<NamespaceFinding> findings;
  for (size_t i = 0; i < namespaces.size(); ++i) {
    const auto add = [&](absl::string_view code, const absl::Status& refusal,
                         absl::string_view witness) {
      if (refusal.ok()) return;
      NamespaceFinding finding;
      finding.field = fields[i];
      finding.ns = namespaces[i];
      finding.refuses = true;
      finding.code = std::string(code);
      finding.text = std::string(refusal.message());
      finding.witness = std::string(witness);
      findings.push_back(std::move(finding));
    };
    const absl::StatusOr<Claim> claim = MakeClaim(namespaces[i], fields[i]);
    if (!claim.ok()) {
      add("invalid", claim.status(), "");
      continue;
    }
    if (grant != nullptr) {
      const Objection beyond = HoldAgainstGrant(*claim, *grant, algebra);
      add("beyond_grant", beyond.refusal, beyond.witness);
    }
    const Objection overlap = HoldAgainstOthers(*claim, others, algebra);
    add("overlap", overlap.refusal, overlap.witness);
    add("too_many_alike",
        room.Add(claim->ns.kind, claim->pattern.literal_prefix(),
                 claim->ns.regex),
        "");
  }
  return findings;
}

std::vector<NamespaceFinding> FindFlaws(
    const std::vector<Namespace>& namespaces,
    const matrix::ServerName& server_name) {
  Algebra algebra(server_name.str());
  const std::vector<std::string> fields = NamespaceFields(namespaces);
  std::vector<NamespaceFinding> findings;
  for (size_t i = 0; i < namespaces.size(); ++i) {
    absl::StatusOr<std::vector<LintFinding>> flaws = namespaces::Lint(
        namespaces[i].kind, namespaces[i].regex, server_name.str(), algebra);
    if (!flaws.ok()) continue;  // FindRefusals() says so.
    for (LintFinding& flaw : *flaws) {
      NamespaceFinding finding;
      finding.field = fields[i];
      finding.ns = namespaces[i];
      finding.code = std::string(namespaces::LintCodeName(flaw.code));
      finding.text = std::move(flaw.text);
      finding.witness = std::move(flaw.witness);
      finding.suggestion = std::move(flaw.suggestion);
      finding.offset = flaw.offset;
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace causeway::registry
