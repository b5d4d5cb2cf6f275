#include "services/registry/audit.h"

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/registry/registration_json.h"
#include "services/shared/matrix/errors.h"

namespace causeway::registry {

namespace {

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

// Who reads records need not be who may see these.
nlohmann::json WithoutExtraFields(const Registration& registration) {
  nlohmann::json json = RegistrationToJson(registration);
  json.erase("extra_fields_yaml");
  return json;
}

}  // namespace

absl::Status CheckReason(absl::string_view reason) {
  if (reason.size() > kReasonBytesMax) {
    return matrix::InvalidParam(
        "reason", absl::StrCat("has more than ", kReasonBytesMax, " bytes"));
  }
  if (absl::StrContains(reason, '\0')) {
    return matrix::InvalidParam("reason", "holds a NUL");
  }
  return absl::OkStatus();
}

std::string AuditJson(const Grant& grant) {
  const Ceilings& ceilings = grant.ceilings;
  nlohmann::json json = {
      {"name", grant.name},
      {"users", ceilings.users},
      {"aliases", ceilings.aliases},
      {"rooms", ceilings.rooms},
      {"shared_users", ceilings.shared_users},
      {"shared_aliases", ceilings.shared_aliases},
      {"shared_rooms", ceilings.shared_rooms},
      {"url_prefix", grant.url_prefix},
      {"sender_localpart", grant.sender_localpart},
      {"allow_broad", grant.allow_broad},
      {"private_networks_allowed", grant.private_networks_allowed},
      {"expire_time", nullptr}};
  if (grant.expire_time != absl::InfiniteFuture()) {
    json["expire_time"] = TimeText(grant.expire_time);
  }
  return json.dump();
}

std::string AuditJson(const Appservice& appservice) {
  nlohmann::json json = WithoutExtraFields(appservice.registration);
  json["uid"] = absl::StrCat(appservice.uid);
  json["grant_name"] = appservice.grant_name;
  if (!appservice.previous_hs_token_sealed.empty()) {
    json["previous_hs_token_until"] =
        TimeText(appservice.previous_hs_token_until);
  }
  return json.dump();
}

std::string AuditJson(const PendingRequest& request) {
  nlohmann::json json = WithoutExtraFields(request.wanted);
  json["grant_name"] = request.grant_name;
  return json.dump();
}

}  // namespace causeway::registry
