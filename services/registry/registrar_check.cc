// The part of the Registrar that tells what would be refused.

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/registry/namespace_check.h"
#include "services/registry/registrar.h"
#include "services/registry/registry_errors.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

constexpr char kTokenField[] = "as_token";

// What Register says first. `grant` is the one that it was held against.
void CheckGrantOfToken(const std::optional<Grant>& of_token,
                       const std::optional<Grant>& grant, absl::Time now,
                       std::vector<Finding>& findings) {
  const auto add = [&findings](absl::string_view code, bool refuses,
                               const absl::Status& status) {
    Finding finding;
    finding.field = kTokenField;
    finding.refuses = refuses;
    finding.code = std::string(code);
    finding.text = std::string(status.message());
    findings.push_back(std::move(finding));
  };
  if (!of_token.has_value()) return add("no_grant", true, NoGrantForToken());
  if (of_token->HasExpired(now)) {
    add("grant_expired", true, GrantExpired(of_token->name));
  }
  if (of_token->name != grant->name) {
    add("other_grant", false, GrantTokenTaken(of_token->name));
  }
}

}  // namespace

absl::StatusOr<std::vector<Finding>> Registrar::CheckNamespaces(
    const Question& question) {
  CAUSEWAY_RETURN_IF_ERROR(CheckNamespaceCount(question.wanted.namespaces));
  if (!question.grant_name.empty()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckGrantName(question.grant_name));
  }
  if (!question.appservice_id.empty()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(question.appservice_id));
  }
  if (!question.as_token_sha256.empty()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckTokenHash(question.as_token_sha256));
  }
  std::vector<Finding> findings;
  CAUSEWAY_RETURN_IF_ERROR(store_.Run([&](RegistryStore::Change& change) {
    return FindRefusalsIn(change, question, findings);
  }));
  // Needs nobody else, so nobody waits for it.
  std::vector<Finding> flaws =
      FindFlaws(question.wanted.namespaces, server_name_);
  std::move(flaws.begin(), flaws.end(), std::back_inserter(findings));
  std::map<std::string, size_t> order;
  for (const char* field : {kTokenField, "id", "url"}) {
    order.emplace(field, order.size());
  }
  for (const std::string& field : NamespaceFields(question.wanted.namespaces)) {
    order.emplace(field, order.size());
  }
  order.emplace("sender_localpart", order.size());
  std::stable_sort(findings.begin(), findings.end(),
                   [&order](const auto& a, const auto& b) {
                     return order[a.field] < order[b.field];
                   });
  return findings;
}

absl::Status Registrar::FindRefusalsIn(RegistryStore::Change& change,
                                       const Question& question,
                                       std::vector<Finding>& findings) {
  findings.clear();  // Of a transaction that is tried again.
  const bool has_token = !question.as_token_sha256.empty();
  std::optional<Grant> of_token;
  if (has_token) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        of_token, change.FindGrantByToken(question.as_token_sha256));
  }
  std::optional<Grant> grant = of_token;
  if (!question.grant_name.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(grant, change.FindGrant(question.grant_name));
    if (!grant.has_value()) {
      return matrix::NotFound(
          absl::StrCat("grant ", matrix::Quote(question.grant_name)));
    }
  }
  std::optional<Appservice> replaced;
  const std::optional<Grant>& registering = has_token ? of_token : grant;
  if (!question.appservice_id.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(replaced,
                              change.FindAppservice(question.appservice_id));
  } else if (registering.has_value()) {
    CAUSEWAY_ASSIGN_OR_RETURN(replaced,
                              change.FindAppserviceByGrant(registering->name));
  }
  return AskBeside(change, replaced, [&](const Incumbents& others) {
    findings = FindRefusals(
        of_token.has_value() ? FilledIn(question.wanted, *of_token)
                             : question.wanted,
        grant.has_value() ? &*grant : nullptr, others, server_name_);
    if (has_token) CheckGrantOfToken(of_token, grant, clock_.Now(), findings);
    return absl::OkStatus();
  });
}

}  // namespace causeway::registry
