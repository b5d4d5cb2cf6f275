// The part of the Registrar that changes hs_tokens alone.

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/registry/audit.h"
#include "services/registry/registrar.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {

absl::StatusOr<Registrar::Rotated> Registrar::RotateHsToken(
    const Rotation& rotation, absl::string_view request_id) {
  CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(rotation.appservice_id));
  CAUSEWAY_RETURN_IF_ERROR(CheckHsToken(rotation.hs_token));
  if (rotation.overlap < absl::ZeroDuration() ||
      rotation.overlap > kTokenOverlapMax) {
    return matrix::InvalidParam(
        "overlap_seconds",
        absl::StrCat("is not from 0 to ",
                     absl::ToInt64Seconds(kTokenOverlapMax)));
  }
  const Actor actor = By(kOperator, request_id);
  Rotated result;
  CAUSEWAY_RETURN_IF_ERROR(store_.Run([&](RegistryStore::Change& change) {
    return RotateIn(change, rotation, actor, result);
  }));
  return result;
}

absl::Status Registrar::RotateIn(RegistryStore::Change& change,
                                 const Rotation& rotation, const Actor& actor,
                                 Rotated& result) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Appservice> appservice,
                            change.FindAppservice(rotation.appservice_id));
  if (!appservice.has_value()) {
    return matrix::NotFound(absl::StrCat(
        "application service ", matrix::Quote(rotation.appservice_id)));
  }
  result.hs_token =
      rotation.hs_token.empty() ? matrix::RandomHexToken() : rotation.hs_token;
  // One that can't be opened any more is as good as another one.
  if (OpenHsToken(*appservice).value_or("") == result.hs_token) {
    result.revision = appservice->revision;
    return absl::OkStatus();
  }
  const std::string before_json = AuditJson(*appservice);
  CAUSEWAY_ASSIGN_OR_RETURN(appservice->revision, change.AdvanceRevision());
  AuditRecord record = MakeAuditRecord(change, kRotateHsToken, actor);
  record.before_json = before_json;
  appservice->previous_hs_token_sealed.clear();
  appservice->previous_hs_token_until = absl::InfinitePast();
  if (rotation.overlap > absl::ZeroDuration()) {
    appservice->previous_hs_token_sealed = appservice->hs_token_sealed;
    appservice->previous_hs_token_until = actor.now + rotation.overlap;
  }
  appservice->hs_token_sealed =
      secret_box_.Seal(result.hs_token, absl::StrCat(appservice->uid));
  appservice->update_time = actor.now;
  record.after_json = AuditJson(*appservice);
  result.revision = appservice->revision;
  CAUSEWAY_RETURN_IF_ERROR(change.PutAppservice(*appservice));
  return change.AddAuditRecord(record);
}

absl::StatusOr<Registrar::Resealed> Registrar::ResealHsTokens(
    absl::string_view request_id) {
  const Actor actor = By(kOperator, request_id);
  Resealed result;
  CAUSEWAY_RETURN_IF_ERROR(store_.Run([&](RegistryStore::Change& change) {
    result = Resealed();
    return ResealIn(change, actor, result);
  }));
  return result;
}

absl::Status Registrar::ResealIn(RegistryStore::Change& change,
                                 const Actor& actor, Resealed& result) {
  CAUSEWAY_ASSIGN_OR_RETURN(Changes all, change.ListChanges(0));
  const auto reseal = [this](std::string& sealed,
                             int64_t uid) -> absl::StatusOr<bool> {
    if (sealed.empty() || secret_box_.IsNewest(sealed)) return false;
    const std::string owner = absl::StrCat(uid);
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string secret,
                              secret_box_.Open(sealed, owner));
    sealed = secret_box_.Seal(secret, owner);
    return true;
  };
  result.complete = true;
  for (Appservice& appservice : all.updated) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        const bool one, reseal(appservice.hs_token_sealed, appservice.uid));
    CAUSEWAY_ASSIGN_OR_RETURN(
        const bool other,
        reseal(appservice.previous_hs_token_sealed, appservice.uid));
    if (!one && !other) continue;
    if (result.count == kResealedMax) {
      result.complete = false;
      break;
    }
    if (result.count == 0) {
      CAUSEWAY_ASSIGN_OR_RETURN(result.revision, change.AdvanceRevision());
    }
    ++result.count;
    appservice.revision = result.revision;
    CAUSEWAY_RETURN_IF_ERROR(change.PutAppservice(appservice));
  }
  if (result.count == 0) return absl::OkStatus();
  AuditRecord record = MakeAuditRecord(change, kResealHsTokens, actor);
  record.after_json = matrix::DumpJson(
      {{"resealed_count", result.count}, {"complete", result.complete}});
  return change.AddAuditRecord(record);
}

}  // namespace causeway::registry
