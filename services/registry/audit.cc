#include "services/registry/audit.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {

absl::string_view AuditActionName(AuditAction action) {
  switch (action) {
    case AuditAction::kCreateGrant:
      return "create_grant";
    case AuditAction::kDeleteGrant:
      return "delete_grant";
    case AuditAction::kRegister:
      return "register";
    case AuditAction::kReplaceRegistration:
      return "replace_registration";
    case AuditAction::kUnregister:
      return "unregister";
  }
  return "";
}

std::string AuditJson(const Grant& grant) {
  return nlohmann::json{{"name", grant.name},
                        {"users", grant.ceilings.users},
                        {"aliases", grant.ceilings.aliases},
                        {"rooms", grant.ceilings.rooms},
                        {"url_prefix", grant.url_prefix},
                        {"sender_localpart", grant.sender_localpart}}
      .dump();
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
