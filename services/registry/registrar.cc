#include "services/registry/registrar.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/registry/admission.h"
#include "services/registry/audit.h"
#include "services/registry/registration_json.h"
#include "services/registry/registry_errors.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/namespaces/algebra.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

absl::Status NoSuchPending(int64_t pending_id) {
  return matrix::NotFound(absl::StrCat("pending request ", pending_id));
}

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

  Request request = {.as_token_sha256 = as_token_sha256,
                     .wanted = std::move(wanted),
                     .hs_token_brought = std::move(application.hs_token),
                     .request_id = std::string(request_id),
                     .grant = *std::move(grant),
                     .excess = {},
                     .claims = {},
                     .comparison = Comparison(server_name_)};
  CAUSEWAY_ASSIGN_OR_RETURN(request.excess,
                            ExcessOf(request.wanted, request.grant));
  CAUSEWAY_ASSIGN_OR_RETURN(request.claims,
                            MakeClaims(request.wanted.namespaces));
  if (request.excess.empty()) CompareAhead(request);
  Registered result;
  absl::Status refusal;
  CAUSEWAY_RETURN_IF_ERROR(store_.Run([&](RegistryStore::Change& change) {
    return RegisterIn(change, request, result, refusal);
  }));
  if (!refusal.ok()) return refusal;
  return result;
}

void Registrar::CatchUpAhead() {
  absl::MutexLock one_at_a_time(&catch_up_mu_);
  int64_t since = 0;
  {
    absl::MutexLock lock(&mu_);
    since = incumbents_.revision();
  }
  const absl::StatusOr<Changes> changes = store_.ListChanges(since);
  if (!changes.ok()) return;
  absl::MutexLock lock(&mu_);
  // One that holds the other lock may have been quicker.
  if (incumbents_.revision() != since) return;
  incumbents_.TakeIn(*changes).IgnoreError();
}

void Registrar::CompareAhead(Request& request) {
  CatchUpAhead();
  {
    absl::MutexLock lock(&mu_);
    const Registration* present = incumbents_.FindById(request.wanted.id);
    // Bridges register at every start: that has been compared long ago.
    if (present != nullptr && *present == request.wanted) return;
  }
  for (const Claim& claim : request.claims) {
    if (!claim.ns.exclusive) continue;
    std::vector<Incumbents::Reserved> reserved;
    {
      absl::MutexLock lock(&mu_);
      reserved = incumbents_.FindReserved(claim.ns.kind,
                                          claim.pattern.literal_prefix());
    }
    for (const Incumbents::Reserved& theirs : reserved) {
      if (theirs.grant_name == request.grant.name) continue;
      // It may be gone, so it is asked about again under the lock.
      if (!request.comparison.HoldAgainst(claim, theirs).refusal.ok()) return;
    }
  }
}

absl::Status Registrar::RegisterIn(RegistryStore::Change& change,
                                   Request& request, Registered& result,
                                   absl::Status& refusal) {
  refusal = absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Grant> grant,
                            change.FindGrantByToken(request.as_token_sha256));
  if (!grant.has_value()) return NoGrantForToken();
  if (grant->HasExpired(clock_.Now())) return GrantExpired(grant->name);
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Appservice> present,
                            change.FindAppserviceByGrant(grant->name));
  if (present.has_value() && present->registration == request.wanted) {
    CAUSEWAY_ASSIGN_OR_RETURN(result.hs_token, ChooseHsToken("", present));
    if (request.hs_token_brought.empty() ||
        request.hs_token_brought == result.hs_token) {
      result.appservice = *std::move(present);
      result.outcome = Outcome::kUnchanged;
      return absl::OkStatus();
    }
  }
  CAUSEWAY_ASSIGN_OR_RETURN(result.hs_token,
                            ChooseHsToken(request.hs_token_brought, present));
  std::vector<Excess> excess = request.excess;
  if (*grant != request.grant) {  // An operator has changed it since.
    CAUSEWAY_ASSIGN_OR_RETURN(excess, ExcessOf(request.wanted, *grant));
  }
  if (!excess.empty()) {
    refusal = excess.front().refusal;
    return KeepPending(change, *grant, request, excess);
  }
  CAUSEWAY_RETURN_IF_ERROR(
      AskBeside(change, present, [&](const Incumbents& others) {
        return AdmitBeside(request.wanted, request.claims, others, server_name_,
                           request.comparison);
      }));
  return PutIn(change, *grant, request.wanted, present,
               By(HolderOf(*grant), request.request_id), result);
}

absl::StatusOr<std::vector<Excess>> Registrar::ExcessOf(
    const Registration& wanted, const Grant& grant) const {
  namespaces::Algebra algebra(server_name_.str());
  return FindExcess(wanted, grant, server_name_, algebra);
}

absl::StatusOr<std::string> Registrar::ChooseHsToken(
    const std::string& brought, const std::optional<Appservice>& present) {
  if (!brought.empty()) return brought;
  if (!present.has_value()) return matrix::RandomHexToken();
  return OpenHsToken(*present);
}

absl::StatusOr<std::string> Registrar::OpenHsToken(
    const Appservice& appservice) const {
  return secret_box_.Open(appservice.hs_token_sealed,
                          AssociatedData(appservice.uid));
}

absl::Status Registrar::KeepPending(RegistryStore::Change& change,
                                    const Grant& grant, const Request& request,
                                    const std::vector<Excess>& excess) {
  if (RegistrationToJson(request.wanted).dump().size() >
      kPendingRequestBytesMax) {
    return absl::OkStatus();
  }
  const std::string owner = PendingOwner(grant.name);
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<PendingRequest> kept,
                            change.FindPendingRequestByGrant(grant.name));
  if (kept.has_value() && kept->wanted == request.wanted) {
    // Bridges ask at every start: the same isn't another one.
    const std::string hs_token =
        kept->hs_token_sealed.empty()
            ? ""
            : secret_box_.Open(kept->hs_token_sealed, owner).value_or("");
    if (hs_token == request.hs_token_brought) return absl::OkStatus();
  }
  AuditRecord record = MakeAuditRecord(change, kKeepRequest,
                                       By(HolderOf(grant), request.request_id));
  if (kept.has_value()) record.before_json = AuditJson(*kept);
  PendingRequest pending;
  pending.grant_name = grant.name;
  pending.wanted = request.wanted;
  if (!request.hs_token_brought.empty()) {
    pending.hs_token_sealed = secret_box_.Seal(request.hs_token_brought, owner);
  }
  for (const Excess& one : excess) {
    pending.differences.push_back(
        {one.field, one.witness, std::string(one.refusal.message())});
  }
  pending.create_time = record.create_time;
  record.after_json = AuditJson(pending);
  CAUSEWAY_RETURN_IF_ERROR(
      change.PutPendingRequest(pending, kPendingRequestsMax));
  return change.AddAuditRecord(record);
}

absl::StatusOr<Registrar::Registered> Registrar::ApprovePending(
    int64_t pending_id, bool allow_broad, absl::string_view request_id) {
  const Actor actor = By(kOperator, request_id);
  Registered result;
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Run([&](RegistryStore::Change& change) -> absl::Status {
        CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<PendingRequest> pending,
                                  change.FindPendingRequest(pending_id));
        if (!pending.has_value()) return NoSuchPending(pending_id);
        return ApproveIn(change, *pending, allow_broad, actor, result);
      }));
  return result;
}

absl::Status Registrar::ApproveIn(RegistryStore::Change& change,
                                  const PendingRequest& pending,
                                  bool allow_broad, const Actor& actor,
                                  Registered& result) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<Grant> grant,
                            change.FindGrant(pending.grant_name));
  if (!grant.has_value()) return NoSuchPending(pending.pending_id);
  if (grant->HasExpired(actor.now)) return GrantExpired(grant->name);
  std::string brought;
  if (!pending.hs_token_sealed.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        brought,
        secret_box_.Open(pending.hs_token_sealed, PendingOwner(grant->name)));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<Appservice> present,
                            change.FindAppserviceByGrant(grant->name));
  CAUSEWAY_ASSIGN_OR_RETURN(result.hs_token, ChooseHsToken(brought, present));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<Claim> claims,
                            MakeClaims(pending.wanted.namespaces));
  Comparison comparison(server_name_);
  // First: who is there is known as of before the change.
  CAUSEWAY_RETURN_IF_ERROR(
      AskBeside(change, present, [&](const Incumbents& others) {
        return AdmitBeside(pending.wanted, claims, others, server_name_,
                           comparison);
      }));
  CAUSEWAY_ASSIGN_OR_RETURN(const Grant widened,
                            Widen(change, *grant, pending, allow_broad, actor));
  return PutIn(change, widened, pending.wanted, present, actor, result);
}

absl::StatusOr<Grant> Registrar::Widen(RegistryStore::Change& change,
                                       const Grant& grant,
                                       const PendingRequest& pending,
                                       bool allow_broad, const Actor& actor) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<Excess> excess,
                            ExcessOf(pending.wanted, grant));
  Grant widened = Widened(grant, pending.wanted, excess);
  widened.allow_broad = grant.allow_broad || allow_broad;
  CAUSEWAY_ASSIGN_OR_RETURN(widened,
                            ParseGrant(std::move(widened), server_name_));
  // It may still be too much to be decided.
  CAUSEWAY_RETURN_IF_ERROR(AdmitByGrant(pending.wanted, widened, server_name_));
  AuditRecord record = MakeAuditRecord(change, kApproveRequest, actor);
  record.before_json = AuditJson(grant);
  record.after_json = AuditJson(widened);
  CAUSEWAY_RETURN_IF_ERROR(change.ReplaceGrant(widened));
  CAUSEWAY_RETURN_IF_ERROR(change.AddAuditRecord(record));
  return widened;
}

absl::Status Registrar::RejectPending(int64_t pending_id,
                                      absl::string_view request_id,
                                      absl::string_view reason) {
  const Actor actor = By(kOperator, request_id, reason);
  return store_.Run([&](RegistryStore::Change& change) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<PendingRequest> pending,
                              change.FindPendingRequest(pending_id));
    if (!pending.has_value()) return NoSuchPending(pending_id);
    AuditRecord record = MakeAuditRecord(change, kRejectRequest, actor);
    record.before_json = AuditJson(*pending);
    CAUSEWAY_RETURN_IF_ERROR(change.RemovePendingRequest(pending_id));
    return change.AddAuditRecord(record);
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

absl::Status Registrar::PutIn(RegistryStore::Change& change, const Grant& grant,
                              const Registration& wanted,
                              const std::optional<Appservice>& replaced,
                              const Actor& actor, Registered& result) {
  Appservice& appservice = result.appservice;
  appservice = replaced.value_or(Appservice());
  CAUSEWAY_ASSIGN_OR_RETURN(appservice.revision, change.AdvanceRevision());
  AuditRecord record = MakeAuditRecord(change, kReplaceRegistration, actor);
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
  if (!replaced.has_value() ||
      OpenHsToken(*replaced).value_or("") != result.hs_token) {
    // Another one takes the place of both: nobody has asked for an overlap.
    appservice.hs_token_sealed =
        secret_box_.Seal(result.hs_token, AssociatedData(appservice.uid));
    appservice.previous_hs_token_sealed.clear();
  }
  appservice.update_time = record.create_time;
  record.after_json = AuditJson(appservice);
  CAUSEWAY_RETURN_IF_ERROR(change.PutAppservice(appservice));
  CAUSEWAY_RETURN_IF_ERROR(change.AddAuditRecord(record));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<PendingRequest> pending,
                            change.FindPendingRequestByGrant(grant.name));
  if (!pending.has_value()) return absl::OkStatus();
  return change.RemovePendingRequest(pending->pending_id);
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
    absl::string_view id, absl::string_view request_id,
    absl::string_view reason) {
  Unregistered result;
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Run([&](RegistryStore::Change& change) -> absl::Status {
        CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Appservice> appservice,
                                  change.FindAppservice(id));
        if (!appservice.has_value()) {
          return matrix::NotFound(
              absl::StrCat("application service ", matrix::Quote(id)));
        }
        CAUSEWAY_RETURN_IF_ERROR(EndRegistration(
            change, *appservice, By(kOperator, request_id, reason)));
        result = {appservice->registration.id, change.revision()};
        return absl::OkStatus();
      }));
  return result;
}

Actor Registrar::By(std::string name, absl::string_view request_id,
                    absl::string_view reason) const {
  return {std::move(name), clock_.Now(), std::string(request_id),
          std::string(reason)};
}

}  // namespace causeway::registry
