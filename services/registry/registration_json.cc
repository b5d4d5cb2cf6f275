#include "services/registry/registration_json.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

using namespaces::NamespaceKind;
using nlohmann::json;

constexpr char kDraft[] = "draft";

NamespaceKind KindOf(const std::string& name) {
  for (NamespaceKind kind : {NamespaceKind::kAliases, NamespaceKind::kRooms}) {
    if (namespaces::FieldName(kind) == name) return kind;
  }
  return NamespaceKind::kUsers;
}

Registration Read(const json& object) {
  Registration registration;
  registration.id = object.at("id").get<std::string>();
  registration.url = object.at("url").get<std::string>();
  registration.sender_localpart =
      object.at("sender_localpart").get<std::string>();
  for (const json& ns : object.at("namespaces")) {
    registration.namespaces.push_back({KindOf(ns.at("kind").get<std::string>()),
                                       ns.at("regex").get<std::string>(),
                                       ns.at("exclusive").get<bool>()});
  }
  registration.rate_limited = object.at("rate_limited").get<bool>();
  registration.protocols =
      object.at("protocols").get<std::vector<std::string>>();
  registration.receive_ephemeral = object.at("receive_ephemeral").get<bool>();
  if (object.at("dialect").get<std::string>() == kDraft) {
    registration.dialect = Dialect::kDraft;
  }
  registration.extra_fields_yaml =
      object.value("extra_fields_yaml", std::string());
  return registration;
}

}  // namespace

json RegistrationToJson(const Registration& registration) {
  json list = json::array();
  for (const Namespace& ns : registration.namespaces) {
    list.push_back({{"kind", std::string(namespaces::FieldName(ns.kind))},
                    {"regex", ns.regex},
                    {"exclusive", ns.exclusive}});
  }
  const bool is_draft = registration.dialect == Dialect::kDraft;
  return {{"id", registration.id},
          {"url", registration.url},
          {"sender_localpart", registration.sender_localpart},
          {"namespaces", std::move(list)},
          {"rate_limited", registration.rate_limited},
          {"protocols", registration.protocols},
          {"receive_ephemeral", registration.receive_ephemeral},
          {"dialect", is_draft ? kDraft : "v1"},
          {"extra_fields_yaml", registration.extra_fields_yaml}};
}

absl::StatusOr<Registration> RegistrationFromJson(absl::string_view text) {
  try {
    return Read(json::parse(text.begin(), text.end()));
  } catch (const json::exception& error) {
    return absl::DataLossError(absl::StrCat("no registration: ", error.what()));
  }
}

}  // namespace causeway::registry
