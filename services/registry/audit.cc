#include "services/registry/audit.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {

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
    json["expire_time"] = absl::FormatTime(absl::RFC3339_sec, grant.expire_time,
                                           absl::UTCTimeZone());
  }
  return json.dump();
}

std::string AuditJson(const Appservice& appservice) {
  const Registration& registration = appservice.registration;
  nlohmann::json list = nlohmann::json::array();
  for (const Namespace& ns : registration.namespaces) {
    list.push_back({{"kind", std::string(namespaces::FieldName(ns.kind))},
                    {"regex", ns.regex},
                    {"exclusive", ns.exclusive}});
  }
  const bool is_draft = registration.dialect == Dialect::kDraft;
  return nlohmann::json{{"uid", absl::StrCat(appservice.uid)},
                        {"id", registration.id},
                        {"grant_name", appservice.grant_name},
                        {"url", registration.url},
                        {"sender_localpart", registration.sender_localpart},
                        {"namespaces", std::move(list)},
                        {"rate_limited", registration.rate_limited},
                        {"protocols", registration.protocols},
                        {"receive_ephemeral", registration.receive_ephemeral},
                        {"dialect", is_draft ? "draft" : "v1"}}
      .dump();
}

}  // namespace causeway::registry
