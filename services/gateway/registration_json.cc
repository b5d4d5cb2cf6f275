#include "services/gateway/registration_json.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::registry::v1;
using matrix::Json;

// 401 as the draft has it: "credentials missing".
absl::StatusOr<std::string> GetAsToken(const Json& body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<std::string> token,
                            matrix::GetOptionalString(body, "as_token"));
  if (token.value_or("").empty()) return matrix::MissingToken();
  return *token;
}

absl::StatusOr<pb::Namespace> ParseNamespace(const Json& entry,
                                             pb::Namespace::Kind kind,
                                             absl::string_view field) {
  pb::Namespace parsed;
  parsed.set_kind(kind);
  if (entry.is_string()) {
    parsed.set_regex(entry.get<std::string>());
    // Homeservers of the draft's days kept people out of every namespace. Room
    // IDs nobody chooses: there a claim is only interest.
    parsed.set_exclusive(kind != pb::Namespace::ROOMS);
    return parsed;
  }
  if (!entry.is_object() || !entry.contains("regex") ||
      !entry["regex"].is_string()) {
    return matrix::BadJson(
        field, R"(expected a string or {"exclusive": bool, "regex": string})");
  }
  parsed.set_regex(entry["regex"].get<std::string>());
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<bool> exclusive,
                            matrix::GetOptionalBool(entry, "exclusive"));
  parsed.set_exclusive(exclusive.value_or(false));
  return parsed;
}

absl::Status ParseNamespaces(const Json& body, pb::RegisterRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* namespaces,
                            matrix::GetOptionalObject(body, "namespaces"));
  if (namespaces == nullptr) return absl::OkStatus();
  constexpr std::array<std::pair<const char*, pb::Namespace::Kind>, 3> kKinds =
      {{{"users", pb::Namespace::USERS},
        {"aliases", pb::Namespace::ALIASES},
        {"rooms", pb::Namespace::ROOMS}}};
  for (const auto& [name, kind] : kKinds) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Json* entries,
                              matrix::GetOptionalArray(*namespaces, name));
    if (entries == nullptr) continue;
    for (size_t i = 0; i < entries->size(); ++i) {
      CAUSEWAY_ASSIGN_OR_RETURN(
          *request.add_namespaces(),
          ParseNamespace((*entries)[i], kind,
                         absl::StrCat("namespaces.", name, "[", i, "]")));
    }
  }
  return absl::OkStatus();
}

absl::Status ParseProtocols(const Json& body, pb::RegisterRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* protocols,
                            matrix::GetOptionalArray(body, "protocols"));
  if (protocols == nullptr) return absl::OkStatus();
  for (size_t i = 0; i < protocols->size(); ++i) {
    if (!(*protocols)[i].is_string()) {
      return matrix::BadJson(absl::StrCat("protocols[", i, "]"),
                             "expected a string");
    }
    request.add_protocols((*protocols)[i].get<std::string>());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<pb::RegisterRequest> ParseRegistration(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  pb::RegisterRequest request;
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_as_token(), GetAsToken(json));
  const std::array<std::pair<const char*, std::string*>, 4> kStrings = {
      {{"id", request.mutable_id()},
       {"url", request.mutable_url()},
       {"sender_localpart", request.mutable_sender_localpart()},
       {"hs_token", request.mutable_hs_token()}}};
  for (const auto& [name, value] : kStrings) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> found,
                              matrix::GetOptionalString(json, name));
    *value = std::move(found).value_or("");
  }
  request.set_dialect(request.id().empty() ? pb::DRAFT : pb::V1);
  if (request.dialect() == pb::DRAFT && request.url().empty()) {
    // Only today's registrations may do without (`"url": null`).
    return matrix::MissingParam("url");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<bool> rate_limited,
                            matrix::GetOptionalBool(json, "rate_limited"));
  // Source: https://spec.matrix.org/v1.17/application-service-api/#registration
  request.set_rate_limited(rate_limited.value_or(true));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<bool> receive_ephemeral,
                            matrix::GetOptionalBool(json, "receive_ephemeral"));
  request.set_receive_ephemeral(receive_ephemeral.value_or(false));
  CAUSEWAY_RETURN_IF_ERROR(ParseNamespaces(json, request));
  CAUSEWAY_RETURN_IF_ERROR(ParseProtocols(json, request));
  return request;
}

absl::StatusOr<pb::UnregisterRequest> ParseUnregistration(
    absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  pb::UnregisterRequest request;
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_as_token(), GetAsToken(json));
  return request;
}

std::string RegistrationAnswer(const pb::RegisterResponse& response) {
  return matrix::DumpJson({{"hs_token", response.hs_token()}});
}

}  // namespace causeway::gateway
