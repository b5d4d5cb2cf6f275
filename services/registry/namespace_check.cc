#include "services/registry/namespace_check.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/registry/name_claims.h"
#include "services/registry/namespace_claims.h"
#include "services/shared/appservice_client/appservice_url.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/namespaces/lint.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

using namespaces::Algebra;
using namespaces::LintFinding;
using namespaces::NamespaceKind;

// Collects what is refused.
class Refusals {
 public:
  // Nothing if `refusal` is OK.
  void Add(absl::string_view field, const Namespace* ns, absl::string_view code,
           const absl::Status& refusal, absl::string_view witness = "") {
    if (refusal.ok()) return;
    Finding finding;
    finding.field = std::string(field);
    if (ns != nullptr) finding.ns = *ns;
    finding.refuses = true;
    finding.code = std::string(code);
    finding.text = std::string(refusal.message());
    finding.witness = std::string(witness);
    findings_.push_back(std::move(finding));
  }

  std::vector<Finding> Take() { return std::move(findings_); }

 private:
  std::vector<Finding> findings_;
};

void CheckId(const std::string& id, const Incumbents& others,
             Refusals& refusals) {
  constexpr char kField[] = "id";
  refusals.Add(kField, nullptr, "invalid", CheckAppserviceId(id));
  refusals.Add(kField, nullptr, "id_taken", HoldIdAgainstOthers(id, others));
}

void CheckUrl(const std::string& url, const Grant* grant, Refusals& refusals) {
  constexpr char kField[] = "url";
  const absl::Status valid = appservice_client::CheckAppserviceUrl(kField, url);
  refusals.Add(kField, nullptr, "invalid", valid);
  if (!valid.ok() || grant == nullptr) return;
  refusals.Add(kField, nullptr, "url_beyond_grant",
               HoldUrlAgainstGrant(url, *grant));
}

void CheckNamespaces(const std::vector<Namespace>& namespaces,
                     const Grant* grant, const Incumbents& others,
                     const matrix::ServerName& server_name, IndexRoom& room,
                     Refusals& refusals) {
  Algebra algebra(server_name.str());
  Comparison comparison(server_name);
  const std::vector<std::string> fields = NamespaceFields(namespaces);
  for (size_t i = 0; i < namespaces.size(); ++i) {
    const Namespace* ns = &namespaces[i];
    const absl::StatusOr<Claim> claim = MakeClaim(*ns, fields[i]);
    if (!claim.ok()) {
      refusals.Add(fields[i], ns, "invalid", claim.status());
      continue;
    }
    if (grant != nullptr) {
      const Objection beyond = HoldAgainstGrant(*claim, *grant, algebra);
      refusals.Add(fields[i], ns, "beyond_grant", beyond.refusal,
                   beyond.witness);
    }
    const Objection overlap = HoldAgainstOthers(*claim, others, comparison);
    refusals.Add(fields[i], ns, "overlap", overlap.refusal, overlap.witness);
    refusals.Add(
        fields[i], ns, "too_many_alike",
        room.Add(ns->kind, claim->pattern.literal_prefix(), ns->regex));
  }
}

void CheckSender(const std::string& localpart, const Grant* grant,
                 const Incumbents& others,
                 const matrix::ServerName& server_name, IndexRoom& room,
                 Refusals& refusals) {
  constexpr char kField[] = "sender_localpart";
  const absl::StatusOr<matrix::UserId> sender =
      matrix::UserId::Make(localpart, server_name, kField);
  if (!sender.ok()) {
    return refusals.Add(kField, nullptr, "invalid", sender.status());
  }
  const auto add = [&](absl::string_view code, const absl::Status& refusal) {
    refusals.Add(kField, nullptr, code, refusal, sender->str());
  };
  if (grant != nullptr) {
    add("sender_beyond_grant", HoldSenderAgainstGrant(*sender, *grant));
  }
  add("sender_taken", HoldSenderAgainstOthers(*sender, others));
  add("sender_in_namespace", HoldSenderAgainstNamespaces(*sender, others));
  add("too_many_alike",
      room.Add(NamespaceKind::kUsers, sender->str(), sender->str()));
}

}  // namespace

std::vector<Finding> FindRefusals(const Registration& wanted,
                                  const Grant* grant, const Incumbents& others,
                                  const matrix::ServerName& server_name) {
  IndexRoom room(others);
  Refusals refusals;
  if (!wanted.id.empty()) CheckId(wanted.id, others, refusals);
  CheckUrl(wanted.url, grant, refusals);
  CheckNamespaces(wanted.namespaces, grant, others, server_name, room,
                  refusals);
  if (!wanted.sender_localpart.empty()) {
    CheckSender(wanted.sender_localpart, grant, others, server_name, room,
                refusals);
  }
  return refusals.Take();
}

std::vector<Finding> FindFlaws(const std::vector<Namespace>& namespaces,
                               const matrix::ServerName& server_name) {
  Algebra algebra(server_name.str());
  const std::vector<std::string> fields = NamespaceFields(namespaces);
  std::vector<Finding> findings;
  for (size_t i = 0; i < namespaces.size(); ++i) {
    absl::StatusOr<std::vector<LintFinding>> flaws = namespaces::Lint(
        namespaces[i].kind, namespaces[i].regex, server_name.str(), algebra);
    if (!flaws.ok()) continue;  // FindRefusals() says so.
    for (LintFinding& flaw : *flaws) {
      Finding finding;
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
