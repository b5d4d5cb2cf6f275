#include "services/registry/registrar.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/registry/admission.h"
#include "services/registry/audit.h"
#include "services/registry/registry_errors.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

std::string AssociatedData(int64_t uid) { return absl::StrCat(uid); }

}  // namespace

Registrar::Registrar(matrix::ServerName server_name, RegistryStore& store,
                     const secrets::SecretBox& secret_box, const Clock& clock)
    : server_name_(std::move(server_name)),
      store_(store),
      secret_box_(secret_box),
      clock_(clock),
      incumbents_(server_name_) {}

absl::StatusOr<Registrar::Registered> Registrar::Register(
    Application application, absl::string_view request_id) {
  CAUSEWAY_RETURN_IF_ERROR(CheckAsToken(application.as_token));
  const std::string as_token_sha256 = matrix::Sha256(application.as_token);
  // Before the lock is taken, and before anything is said about the rest:
  // strangers learn nothing, and their expressions aren't compiled.
  absl::StatusOr<Grant> grant = store_.GetGrantByToken(as_token_sha256);
  if (absl::IsNotFound(grant.status())) return NoGrantForToken();
  if (!grant.ok()) return grant.status();
  if (grant->HasExpired(clock_.Now())) return GrantExpired(grant->name);
  CAUSEWAY_RETURN_IF_ERROR(CheckHsToken(application.hs_token));
  CAUSEWAY_ASSIGN_OR_RETURN(
      Registration wanted,
      ParseRegistration(std::move(application.registration), *grant,
                        server_name_));

  Registered result;
  CAUSEWAY_RETURN_IF_ERROR(store_.Run([&](RegistryStore::Change& change) {
    return RegisterIn(change, as_token_sha256, wanted, application.hs_token,
                      request_id, result);
  }));
  return result;
}

absl::Status Registrar::RegisterIn(RegistryStore::Change& change,
                                   absl::string_view as_token_sha256,
                                   const Registration& wanted,
                                   absl::string_view hs_token_brought,
                                   absl::string_view request_id,
                                   Registered& result) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Grant> grant,
                            change.FindGrantByToken(as_token_sha256));
  if (!grant.has_value()) return NoGrantForToken();
  if (grant->HasExpired(clock_.Now())) return GrantExpired(grant->name);
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Appservice> present,
                            change.FindAppserviceByGrant(grant->name));
  if (present.has_value()) {
    CAUSEWAY_ASSIGN_OR_RETURN(result.hs_token,
                              secret_box_.Open(present->hs_token_sealed,
                                               AssociatedData(present->uid)));
    const bool same_hs_token =
        hs_token_brought.empty() || hs_token_brought == result.hs_token;
    if (present->registration == wanted && same_hs_token) {
      result.appservice = *std::move(present);
      result.outcome = Outcome::kUnchanged;
      return absl::OkStatus();
    }
  } else {
    result.hs_token = matrix::RandomHexToken();
  }
  if (!hs_token_brought.empty()) {
    result.hs_token = std::string(hs_token_brought);
  }
  CAUSEWAY_RETURN_IF_ERROR(AdmitIn(change, wanted, *grant, present));
  return PutIn(change, *grant, wanted, present, request_id, result);
}

absl::Status Registrar::AdmitIn(RegistryStore::Change& change,
                                const Registration& wanted, const Grant& grant,
                                const std::optional<Appservice>& replaced) {
  return AskBeside(change, replaced, [&](const Incumbents& others) {
    return Admit(wanted, grant, others, server_name_);
  });
}

absl::Status Registrar::AskBeside(
    RegistryStore::Change& change, const std::optional<Appservice>& replaced,
    absl::FunctionRef<absl::Status(const Incumbents&)> ask) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(incumbents_.CatchUp(change));
  if (!replaced.has_value()) return ask(incumbents_);
  // It isn't in its own way. But it stays, unless the change is committed.
  incumbents_.Remove(replaced->uid);
  absl::Status answer = ask(incumbents_);
  CAUSEWAY_RETURN_IF_ERROR(incumbents_.Put(*replaced));
  return answer;
}

absl::StatusOr<std::vector<NamespaceFinding>> Registrar::CheckNamespaces(
    const NamespaceQuestion& question) {
  CAUSEWAY_RETURN_IF_ERROR(CheckNamespaceCount(question.namespaces));
  if (!question.grant_name.empty()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckGrantName(question.grant_name));
  }
  if (!question.appservice_id.empty()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(question.appservice_id));
  }
  std::vector<NamespaceFinding> findings;
  CAUSEWAY_RETURN_IF_ERROR(store_.Run([&](RegistryStore::Change& change) {
    return FindRefusalsIn(change, question, findings);
  }));
  // Needs nobody else, so nobody waits for it.
  std::vector<NamespaceFinding> flaws =
      FindFlaws(question.namespaces, server_name_);
  std::move(flaws.begin(), flaws.end(), std::back_inserter(findings));
  std::map<std::string, size_t> order;
  for (const std::string& field : NamespaceFields(question.namespaces)) {
    order.emplace(field, order.size());
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [&order](const auto& a, const auto& b) {
                     return order[a.field] < order[b.field];
                   });
  return findings;
}

absl::Status Registrar::FindRefusalsIn(
    RegistryStore::Change& change, const NamespaceQuestion& question,
    std::vector<NamespaceFinding>& findings) {
  std::optional<Grant> grant;
  std::optional<Appservice> replaced;
  if (!question.grant_name.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(grant, change.FindGrant(question.grant_name));
    if (!grant.has_value()) {
      return matrix::NotFound(
          absl::StrCat("grant ", matrix::Quote(question.grant_name)));
    }
  }
  if (!question.appservice_id.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(replaced,
                              change.FindAppservice(question.appservice_id));
  } else if (grant.has_value()) {
    CAUSEWAY_ASSIGN_OR_RETURN(replaced,
                              change.FindAppserviceByGrant(grant->name));
  }
  return AskBeside(change, replaced, [&](const Incumbents& others) {
    findings =
        FindRefusals(question.namespaces, grant.has_value() ? &*grant : nullptr,
                     others, server_name_);
    return absl::OkStatus();
  });
}

absl::Status Registrar::PutIn(RegistryStore::Change& change, const Grant& grant,
                              const Registration& wanted,
                              const std::optional<Appservice>& replaced,
                              absl::string_view request_id,
                              Registered& result) {
  Appservice& appservice = result.appservice;
  appservice = replaced.value_or(Appservice());
  CAUSEWAY_ASSIGN_OR_RETURN(appservice.revision, change.AdvanceRevision());
  AuditRecord record = MakeAuditRecord(change, kReplaceRegistration,
                                       By(HolderOf(grant), request_id));
  result.outcome = Outcome::kReplaced;
  if (replaced.has_value()) {
    record.before_json = AuditJson(*replaced);
  } else {
    result.outcome = Outcome::kCreated;
    record.action = kRegister;
    CAUSEWAY_ASSIGN_OR_RETURN(appservice.uid, change.NewUid());
    appservice.create_time = record.create_time;
  }
  appservice.registration = wanted;
  appservice.grant_name = grant.name;
  appservice.as_token_sha256 = grant.as_token_sha256;
  appservice.private_networks_allowed = grant.private_networks_allowed;
  appservice.expire_time = grant.expire_time;
  appservice.hs_token_sealed =
      secret_box_.Seal(result.hs_token, AssociatedData(appservice.uid));
  appservice.update_time = record.create_time;
  record.after_json = AuditJson(appservice);
  CAUSEWAY_RETURN_IF_ERROR(change.PutAppservice(appservice));
  return change.AddAuditRecord(record);
}

absl::StatusOr<Registrar::Unregistered> Registrar::UnregisterByToken(
    absl::string_view as_token, absl::string_view request_id) {
  CAUSEWAY_RETURN_IF_ERROR(CheckAsToken(as_token));
  const std::string as_token_sha256 = matrix::Sha256(as_token);
  Unregistered result;
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Run([&](RegistryStore::Change& change) -> absl::Status {
        CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Grant> grant,
                                  change.FindGrantByToken(as_token_sha256));
        if (!grant.has_value()) return NotRegistered();
        CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Appservice> appservice,
                                  change.FindAppserviceByGrant(grant->name));
        if (!appservice.has_value()) return NotRegistered();
        CAUSEWAY_RETURN_IF_ERROR(EndRegistration(
            change, *appservice, By(HolderOf(*grant), request_id)));
        result = {appservice->registration.id, change.revision()};
        return absl::OkStatus();
      }));
  return result;
}

absl::StatusOr<Registrar::Unregistered> Registrar::UnregisterById(
    absl::string_view id, absl::string_view request_id) {
  Unregistered result;
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Run([&](RegistryStore::Change& change) -> absl::Status {
        CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Appservice> appservice,
                                  change.FindAppservice(id));
        if (!appservice.has_value()) {
          return matrix::NotFound(
              absl::StrCat("application service ", matrix::Quote(id)));
        }
        CAUSEWAY_RETURN_IF_ERROR(
            EndRegistration(change, *appservice, By(kOperator, request_id)));
        result = {appservice->registration.id, change.revision()};
        return absl::OkStatus();
      }));
  return result;
}

Actor Registrar::By(std::string name, absl::string_view request_id) const {
  return {std::move(name), clock_.Now(), std::string(request_id)};
}

}  // namespace causeway::registry
