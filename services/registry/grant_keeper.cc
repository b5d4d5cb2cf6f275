#include "services/registry/grant_keeper.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/registry/admission.h"
#include "services/registry/audit.h"
#include "services/registry/registry_errors.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

constexpr char kExpiry[] = "expiry";

absl::Status NoSuchGrant(absl::string_view name) {
  return matrix::NotFound(absl::StrCat("grant ", matrix::Quote(name)));
}

Grant Applied(const GrantKeeper::Update& update, Grant grant) {
  grant.ceilings = update.ceilings.value_or(grant.ceilings);
  grant.url_prefix = update.url_prefix.value_or(grant.url_prefix);
  grant.sender_localpart =
      update.sender_localpart.value_or(grant.sender_localpart);
  grant.allow_broad = update.allow_broad.value_or(grant.allow_broad);
  grant.private_networks_allowed =
      update.private_networks_allowed.value_or(grant.private_networks_allowed);
  grant.expire_time = update.expire_time.value_or(grant.expire_time);
  return grant;
}

// Whether a registration that `before` allows may be one that `after` doesn't.
bool MayExclude(const Grant& before, const Grant& after) {
  return before.ceilings != after.ceilings ||
         before.url_prefix != after.url_prefix ||
         before.sender_localpart != after.sender_localpart;
}

}  // namespace

GrantKeeper::GrantKeeper(matrix::ServerName server_name, RegistryStore& store,
                         const Clock& clock)
    : server_name_(std::move(server_name)), store_(store), clock_(clock) {}

Actor GrantKeeper::Operator(absl::string_view request_id,
                            absl::string_view reason) const {
  return {kOperator, clock_.Now(), std::string(request_id),
          std::string(reason)};
}

absl::StatusOr<Grant> GrantKeeper::Create(Grant claimed,
                                          absl::string_view request_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(Grant grant,
                            ParseGrant(std::move(claimed), server_name_));
  const Actor actor = Operator(request_id);
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Run([&](RegistryStore::Change& change) -> absl::Status {
        CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Grant> same_name,
                                  change.FindGrant(grant.name));
        if (same_name.has_value()) {
          if (!AllowSame(grant, *same_name)) return GrantNameTaken(grant.name);
          grant = *std::move(same_name);
          return absl::OkStatus();
        }
        CAUSEWAY_ASSIGN_OR_RETURN(
            std::optional<Grant> same_token,
            change.FindGrantByToken(grant.as_token_sha256));
        if (same_token.has_value()) return GrantTokenTaken(same_token->name);
        if (grant.HasExpired(actor.now)) {
          return matrix::InvalidParam("expire_time", "has passed already");
        }
        AuditRecord record = MakeAuditRecord(change, kCreateGrant, actor);
        record.after_json = AuditJson(grant);
        grant.create_time = record.create_time;
        CAUSEWAY_RETURN_IF_ERROR(change.InsertGrant(grant));
        return change.AddAuditRecord(record);
      }));
  return grant;
}

absl::StatusOr<GrantKeeper::Updated> GrantKeeper::Apply(
    const Update& update, absl::string_view request_id,
    absl::string_view reason) {
  const Actor actor = Operator(request_id, reason);
  Updated result;
  CAUSEWAY_RETURN_IF_ERROR(store_.Run([&](RegistryStore::Change& change) {
    result = Updated();
    return ApplyIn(change, update, actor, result);
  }));
  return result;
}

absl::Status GrantKeeper::ApplyIn(RegistryStore::Change& change,
                                  const Update& update, const Actor& actor,
                                  Updated& result) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<Grant> before,
                            change.FindGrant(update.name));
  if (!before.has_value()) return NoSuchGrant(update.name);
  CAUSEWAY_ASSIGN_OR_RETURN(const Grant after,
                            ParseGrant(Applied(update, *before), server_name_));
  if (AllowSame(*before, after) && before->allow_broad == after.allow_broad) {
    return absl::OkStatus();
  }
  CAUSEWAY_RETURN_IF_ERROR(
      CarryOver(change, *before, after, update.unregister, actor, result));
  AuditRecord record = MakeAuditRecord(change, kUpdateGrant, actor);
  record.before_json = AuditJson(*before);
  record.after_json = AuditJson(after);
  CAUSEWAY_RETURN_IF_ERROR(change.ReplaceGrant(after));
  return change.AddAuditRecord(record);
}

absl::Status GrantKeeper::CarryOver(RegistryStore::Change& change,
                                    const Grant& before, const Grant& after,
                                    bool unregister, const Actor& actor,
                                    Updated& result) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Appservice> appservice,
                            change.FindAppserviceByGrant(after.name));
  if (!appservice.has_value()) return absl::OkStatus();
  const std::string& id = appservice->registration.id;
  if (MayExclude(before, after)) {
    const absl::Status allowed =
        AdmitByGrant(appservice->registration, after, server_name_);
    if (!allowed.ok()) {
      if (!unregister) return RegistrationExceeds(id, allowed.message());
      CAUSEWAY_RETURN_IF_ERROR(EndRegistration(change, *appservice, actor));
      result = {.ended_id = id, .revision = change.revision()};
      return absl::OkStatus();
    }
  }
  if (before.private_networks_allowed == after.private_networks_allowed &&
      before.expire_time == after.expire_time) {
    return absl::OkStatus();
  }
  // Consumers go by it, so they have to hear of it.
  CAUSEWAY_ASSIGN_OR_RETURN(appservice->revision, change.AdvanceRevision());
  appservice->private_networks_allowed = after.private_networks_allowed;
  appservice->expire_time = after.expire_time;
  appservice->update_time = actor.now;
  result.revision = appservice->revision;
  return change.PutAppservice(*appservice);
}

absl::StatusOr<int64_t> GrantKeeper::Delete(absl::string_view name,
                                            absl::string_view request_id,
                                            absl::string_view reason) {
  const Actor actor = Operator(request_id, reason);
  int64_t revision = 0;
  CAUSEWAY_RETURN_IF_ERROR(
      store_.Run([&](RegistryStore::Change& change) -> absl::Status {
        revision = 0;
        CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Grant> grant,
                                  change.FindGrant(name));
        if (!grant.has_value()) return NoSuchGrant(name);
        CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Appservice> appservice,
                                  change.FindAppserviceByGrant(name));
        if (appservice.has_value()) {
          CAUSEWAY_RETURN_IF_ERROR(EndRegistration(change, *appservice, actor));
          revision = change.revision();
        }
        AuditRecord record = MakeAuditRecord(change, kDeleteGrant, actor);
        record.before_json = AuditJson(*grant);
        CAUSEWAY_RETURN_IF_ERROR(change.DeleteGrant(name));
        return change.AddAuditRecord(record);
      }));
  return revision;
}

absl::StatusOr<std::vector<std::string>> GrantKeeper::EndExpired() {
  const Actor actor = {kExpiry, clock_.Now(), ""};
  std::vector<std::string> ended;
  // Without the lock that changes take: mostly there is nothing to do.
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<std::string> names,
                            store_.ListExpiredInUse(actor.now, kExpiredMax));
  for (const std::string& name : names) {
    std::string id;
    CAUSEWAY_RETURN_IF_ERROR(
        store_.Run([&](RegistryStore::Change& change) -> absl::Status {
          id.clear();
          CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Grant> grant,
                                    change.FindGrant(name));
          CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Appservice> appservice,
                                    change.FindAppserviceByGrant(name));
          // Meanwhile somebody may have ended or prolonged it.
          if (!grant.has_value() || !grant->HasExpired(actor.now) ||
              !appservice.has_value()) {
            return absl::OkStatus();
          }
          id = appservice->registration.id;
          return EndRegistration(change, *appservice, actor);
        }));
    if (!id.empty()) ended.push_back(id);
  }
  return ended;
}

}  // namespace causeway::registry
